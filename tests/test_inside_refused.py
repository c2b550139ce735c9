"""What of an update is not opened, and the pictures that are served of it."""

import asyncio
import shutil

import pytest
from starlette.requests import Request

from cacr_core.runs import folder as files
from cacr_core.runs.worker import work
from cacr_core.training import Training
from tests.test_inside_update import TINY
from web.live import channel, inside


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf") / "refused"
    files.write_bytes(folder / "config.json", TINY.to_json().encode())
    assert work(folder) == "finished"
    return folder, TINY


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"step": "now"}, "whole number from 0"),
        ({"step": -1}, "whole number from 0"),
        ({"step": True}, "whole number from 0"),
    ],
)
def test_nonsense_about_an_update_is_refused(run, message, words):
    with pytest.raises(ValueError, match=words):
        inside.of_update(message, run[0])


def test_nonsense_about_a_query_of_it_is_refused(run):
    folder, config = run
    n = config.n_views * config.batch_size
    with pytest.raises(ValueError, match=f"queries 0 to {n - 1}, got {n}"):
        inside.of_query({"step": 9, "query": n}, folder)
    with pytest.raises(ValueError, match="0, 9, 19 can be opened, got 3"):
        inside.of_query({"step": 3, "query": 0}, folder)
    with pytest.raises(ValueError, match="query must be a whole number"):
        inside.of_query({"step": 9}, folder)


def test_its_images_are_served_and_others_are_not(run, monkeypatch):
    folder, config = run
    monkeypatch.setenv("CACR_RUNS", str(folder.parent))

    def served(step, name):
        scope = {"type": "http", "path_params": {"run": folder.name, "step": step, "name": name}}
        return asyncio.run(channel.inside_sheet(Request(scope)))

    for name in ("images", "view-0", f"view-{config.n_views - 1}"):
        response = served("9", name)
        assert response.status_code == 200
        assert response.body[:4] == b"RIFF"
    for step, name in (("9", f"view-{config.n_views}"), ("7", "images"), ("x", "images")):
        assert served(step, name).status_code == 404
    assert served("9", "../config").status_code == 404


def test_a_checkpoints_features_have_no_update(run, tmp_path):
    copy = tmp_path / "frozen"
    shutil.copytree(run[0], copy)
    about = files.read_json(copy / "run.json") | {"frozen": {"line": "a", "layer": "head"}}
    files.write_json(copy / "run.json", about)
    with pytest.raises(ValueError, match="features of a checkpoint"):
        inside.of_update({"step": 0}, copy)


def test_a_batch_too_large_for_the_processor_is_refused(run, tmp_path):
    copy = tmp_path / "large"
    shutil.copytree(run[0], copy)
    config = files.read_json(copy / "config.json") | {"backbone": "resnet18", "batch_size": 400}
    files.write_json(copy / "config.json", config)
    with pytest.raises(ValueError, match=r"at most 512 views .* Lower the batch size"):
        inside.of_update({"step": 0}, copy)


def test_an_update_in_which_a_run_diverges_says_so(run, tmp_path, monkeypatch):
    copy = tmp_path / "diverges"
    shutil.copytree(run[0], copy)
    monkeypatch.setattr(Training, "update", diverges)
    with pytest.raises(ValueError, match=r"The run ends in this update\. The loss is nan"):
        inside.of_update({"step": 9}, copy)


def diverges(training, watch=None):
    raise FloatingPointError("The loss is nan at step 9.")
