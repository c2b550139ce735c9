"""The checkpoints page works out what is asked for, once: nothing for a closed panel or a rerun."""

import os
import shutil

import pytest

from cacr_core.checkpoints import inside, pictures, process
from cacr_core.checkpoints.alike import files as alike
from cacr_core.scores import PROTOCOLS
from tests.test_checkpoints_page import page, shelf_folder  # noqa: F401
from web.checkpoints import question
from web.checkpoints import work as jobs
from web.checkpoints.session import path_of

PAIR = {"a": "shipped:cacr-digits", "b": "shipped:untrained-digits", "n_probes": "48"}


@pytest.fixture
def work(monkeypatch):
    """Names of the functions that were called to work something out, in order."""
    done = []
    question._kept.cache_clear()
    jobs.JOBS.clear()

    def count(module, name):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, **k: (done.append(name), real(*a, **k))[1])

    for module, name in (
        (alike, "difference"), (alike, "layer_changes"), (inside, "each_layer"),
        (inside, "histogram"), (pictures, "first_filters"),
    ):  # fmt: skip
        count(module, name)
    ask = process.ask
    monkeypatch.setattr(
        process, "ask", lambda asked, **k: (done.append(asked.func.__name__), ask(asked, **k))[1]
    )
    yield done
    question._kept.cache_clear()


def test_tensors_are_read_when_their_panel_is_opened_and_once(work):
    at = page(panel="two", **PAIR)
    at.run()
    assert work == []
    at.segmented_control(key="checkpoints_ask").set_value("weights").run()
    assert work == ["layer_changes", "difference"]
    at.run()
    assert not at.exception
    assert work == ["layer_changes", "difference"]


def test_features_are_compared_once_and_anew_for_another_question(work):
    at = page(panel="two", **PAIR)
    next(b for b in at.button if b.label == "Compare their features").click().run()
    assert work == ["health_on", "health_on", "compare_as_scored"]
    vote = at.selectbox(key="checkpoints_vote")
    vote.set_value(next(name for name in PROTOCOLS if name != vote.value)).run()
    assert work[3:] == []
    at.number_input(key="checkpoints_n_probes").set_value(64).run()
    next(b for b in at.button if b.label == "Compare their features").click().run()
    assert work[3:] == ["compare_as_scored"]
    assert not at.exception


def test_what_is_inside_a_file_is_read_once_and_each_tensor_when_it_is_chosen(work):
    at = page(panel="inside", a="shipped:cacr-digits")
    assert sorted(work) == ["each_layer", "first_filters", "histogram"]
    at.run()
    assert len(work) == 3
    lie = next(s for s in at.selectbox if s.label == "How the numbers lie of")
    lie.set_value(next(name for name in lie.options if name != lie.value)).run()
    assert work[3:] == ["histogram"]
    assert not at.exception


def test_a_file_written_anew_is_another_question(work, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    shutil.copy(path_of("shipped:cacr-digits"), mine / "a.safetensors")
    at = page()
    at.text_area(key="checkpoints_folders").set_value(str(mine)).run()
    at.selectbox(key="checkpoints_a").set_value("folder:0:a.safetensors").run()
    at.session_state["checkpoints_panel"] = "inside"
    at.run()
    before = work.count("each_layer")
    at.run()
    assert work.count("each_layer") == before
    os.utime(mine / "a.safetensors", ns=(1, 1))
    at.run()
    assert work.count("each_layer") == before + 1
    assert not at.exception
