"""The checkpoints page works out what is asked for, once: nothing for a closed panel or a rerun."""

import os
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from cacr_core import data
from cacr_core.checkpoints import inside, pictures, process
from cacr_core.checkpoints.alike import files as alike
from cacr_core.data import folders
from cacr_core.data.folders import kept
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.scores import PROTOCOLS
from tests.test_checkpoints_page import page, shelf_folder  # noqa: F401
from web.checkpoints import beside, features, question
from web.checkpoints import work as jobs
from web.checkpoints.session import path_of
from web.shell import reading

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


def picture(path, grey):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((16, 16, 3), grey, np.uint8)).save(path)


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A folder of images, and one of two checkpoints of a training."""
    images, nets = tmp_path / "images", tmp_path / "nets"
    for k in range(24):
        picture(images / "ab"[k % 2] / f"{k}.png", 10 * k)
    nets.mkdir()
    for k in (1, 2):
        torch.save(load_file(path_of("shipped:cacr-digits")), nets / f"net_{k}.pth")
    monkeypatch.setenv("CACR_FOLDERS", os.pathsep.join(map(str, (images, nets))))
    return images


def later(monkeypatch):
    """As after the seconds for which a folder is not looked at again."""
    monkeypatch.setattr(question, "LOOKED_AT_EVERY", question.LOOKED_AT_EVERY + 1e9)
    question._contents.cache_clear()
    reading.contents_of.cache_clear()


@pytest.mark.parametrize(
    ("kind", "panel", "label", "b"),
    [
        ("health", "two", "Compare their features", "shipped:untrained-digits"),
        ("features", "two", "Compare their features", "shipped:untrained-digits"),
        ("twin", "two", None, "twin"),
        ("course", "course", "Follow the training", ""),
        ("embedded", "away", "Embed these images", ""),
        ("pixels", "away", "Try every normalisation", ""),
    ],
)
def test_other_images_in_a_folder_are_another_question(kind, panel, label, b, places, monkeypatch):
    asked = []

    def record(question, work, quick=False):
        asked.append(question)
        if question[0] != "health":
            raise ValueError("It is not worked out here.")
        job = jobs.Job(future=jobs.Future())
        job.future.set_result(SimpleNamespace(findings=()))
        return job

    monkeypatch.setattr(jobs, "job_of", record)
    at = page(panel=panel, dataset=str(places), a="folder:1:net_2.pth", b=b, n_probes="16")
    if label:
        next(one for one in at.button if one.label == label).click().run()
    before = {one for one in asked if one[0] == kind}
    assert not at.exception and before
    at.run()
    assert {one for one in asked if one[0] == kind} == before
    picture(places / "a" / "0.png", 255)
    os.utime(places / "a" / "0.png", ns=(1, 1))
    later(monkeypatch)
    asked.clear()
    at.run()
    if kind == "course":  # which is not even begun
        assert not asked
        next(one for one in at.button if one.label == label).click().run()
    assert not at.exception
    assert not before & {one for one in asked if one[0] == kind} and len(asked)


def test_probes_are_those_that_the_folder_has_now(places, monkeypatch):
    shown = SimpleNamespace(card=SimpleNamespace(input_size=16))
    asked = features.Asked(str(places), "features", 16)
    before = beside.probes(shown, asked)
    assert beside.probes(shown, asked) is before
    for k in range(0, 24, 2):
        picture(places / "a" / f"{k}.png", 255)
        os.utime(places / "a" / f"{k}.png", ns=(1, 1))
    later(monkeypatch)
    after = beside.probes(shown, asked)
    assert int((after.images == 255).sum()) > int((before.images == 255).sum())


def popovers(at):
    return [one.proto.popover.label for one in at.get("popover")]


def test_as_many_images_are_named_as_there_are(places):
    at = page(panel="card", dataset=str(places), a="shipped:cacr-digits", n_probes="512")
    assert any(", up to 24 images" in label for label in popovers(at))  # the split is not yet known
    next(one for one in at.button if one.label == "Show its features").click().run()
    assert not at.exception and not at.error
    at.run()
    (folder,) = (one for one in shelf.runs_folder().iterdir() if one.name.startswith("frozen-"))
    n = files.read_snapshot(folder, 0).embeddings[0].shape[0]
    assert 1 < n < 24
    words = [one.value for one in at.caption]
    assert any(f" of {n} directions" in one for one in words)
    assert any(f", {n} images" in label for label in popovers(at))
    at.session_state["checkpoints_panel"] = "course"
    at.run()
    assert any(", up to 24 images" in label for label in popovers(at))


@pytest.mark.parametrize("panel", ["card", "classes", "two", "course", "inside"])
def test_a_folder_of_images_is_walked_through_once_for_many_reruns(panel, places, monkeypatch):
    later(monkeypatch)  # so that no period ends meanwhile
    question._kept.cache_clear()
    walked = []
    walk = kept.list_folder

    def count(path):
        walked.append(path)
        return walk(path)

    for module in (folders, kept):
        monkeypatch.setattr(module, "list_folder", count)
    at = page(panel=panel, dataset=str(places), a="folder:1:net_2.pth", n_probes="16")
    first = len(walked)
    assert first
    for _ in range(3):
        at.run()
    assert not at.exception
    assert len(walked) == first
    later(monkeypatch)
    at.run()
    assert len(walked) == first + 1  # to see that nothing changed


@pytest.mark.parametrize(("name", "n"), [("digits", 2000), ("few", 16)])
def test_no_more_images_are_promised_than_there_are(name, n, places):
    dataset = str(places) if name == "few" else name
    at = page(panel="card", dataset=dataset, a="shipped:cacr-digits", n_probes=str(n))
    (label,) = (one for one in popovers(at) if " images, " in one)
    most = int(re.search(r", up to ([\d,]+) images", label)[1].replace(",", ""))
    assert len(data.load(dataset, n_probes=n, size=data.size_of(dataset, 16)).probe) <= most
