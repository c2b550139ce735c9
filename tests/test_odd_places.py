"""Places, names and files as other machines have them: a sentence or nothing, never a traceback."""

import dataclasses
import json
import os
import shutil
import time

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from cacr_core import data
from cacr_core.losses import CACR, InfoNCE
from cacr_core.papers import tasks
from cacr_core.papers.study import Study
from cacr_core.runs import fitting, seeds, shelf, turn
from cacr_core.runs import folder as files
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.shelf import RECORDED, ROOT
from cacr_core.runs.standing import LOST_AFTER
from cacr_core.training import TrainConfig
from cacr_core.training.source import Source, splits_of
from web.live import answers
from web.shell import private
from web.socket.messages import pack

NOWHERE = ("~nobody-of-this-name/x", "x" * 300, "/proc/1/root/x")


def pictures(folder, names=("a", "b"), n=12, grey=None):
    rng = np.random.default_rng(0)
    for name in names:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            pixels = rng.integers(0, 256, (16, 16, 3), np.uint8) if grey is None else grey
            Image.fromarray(np.broadcast_to(pixels, (16, 16, 3)).astype(np.uint8)).save(
                folder / name / f"{i}.png"
            )
    return folder


@pytest.mark.parametrize("path", NOWHERE)
def test_a_place_that_cannot_be_looked_at_is_not_there(path, monkeypatch):
    assert not data.is_here(path) and not data.is_here(f"{path}\0")
    assert str(data.place_named(path)) == path
    assert data.contents_of(path) == ""
    with pytest.raises(ValueError, match="There is no dataset, folder or zip"):
        data.parts_of(path, 16)
    monkeypatch.setenv("CACR_FOLDERS", path)
    assert data.offered_places() == []


@pytest.mark.parametrize("path", NOWHERE)
def test_the_checkpoints_page_says_that_a_folder_is_none_and_lets_it_be_mended(path, tmp_path):
    at = AppTest.from_file(str(ROOT / "pages" / "checkpoints.py"), default_timeout=60).run()
    at.text_area(key="checkpoints_folders").set_value(path).run()
    assert not at.exception
    assert any("is not a folder. Name one that exists." in one.value for one in at.error)
    at.text_area(key="checkpoints_folders").set_value(str(tmp_path)).run()
    assert not at.exception and not at.error


@pytest.mark.parametrize("name", ["My_Run", "mine (copy)", "läuft"])
def test_a_run_folder_of_any_name_takes_no_page_down(name, tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    for one in (name, "plain"):
        shutil.copytree(RECORDED / "example", tmp_path / one)
    listed = [run.id for run in shelf.list_runs()]
    assert listed.count("plain") == 1
    for run_id in listed:  # whatever is listed can be opened
        assert shelf.find(run_id).name == run_id
    assert ("My_Run" in listed) == (name == "My_Run")
    at = AppTest.from_file(str(ROOT / "pages" / "checkpoints.py"), default_timeout=60).run()
    assert not at.exception


@pytest.mark.parametrize(
    "table",
    [
        {"images": [{"id": 1, "file_name": "a/0.png"}], "annotations": [{"image_id": 1}],
         "categories": [{"id": 1, "name": "x"}]},
        {"images": 20, "annotations": 3, "categories": ["a", "b"]},
        {"images": [1], "annotations": [None], "categories": [[]]},
    ],
)  # fmt: skip
def test_json_that_is_no_table_of_labels_leaves_the_folder_readable(table, tmp_path):
    pictures(tmp_path)
    (tmp_path / "annotations.json").write_text(json.dumps(table))
    found = data.parts_of(str(tmp_path), 16)
    assert found.train.class_names == ("a", "b")


def test_names_that_are_no_utf8_are_read_in_a_code_page_or_left_out(tmp_path, monkeypatch):
    odd = os.fsdecode(b"caf\xe9")
    found = data.parts_of(str(pictures(tmp_path / "images", ("b", odd))), 16)
    assert found.train.class_names == ("b", "café")
    assert all(data.is_text(name) for name in found.train.class_names)
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in (os.fsdecode(b"mod\xe8le.pth"), "plain.pth"):
        torch.save({}, weights / name)
    at = AppTest.from_file(str(ROOT / "pages" / "checkpoints.py"), default_timeout=60).run()
    at.text_area(key="checkpoints_folders").set_value(str(weights)).run()
    assert not at.exception
    offered = at.selectbox(key="checkpoints_a").options
    assert any("plain.pth" in one for one in offered) and all(map(data.is_text, offered))


def test_another_run_in_the_same_folder_is_answered_as_itself(tmp_path):
    folder, other = tmp_path / "mine", RECORDED / "live-infonce"
    shutil.copytree(RECORDED / "example", folder)
    step = files.snapshot_steps(folder)[-1]
    asked = {"step": step, "probe": 3, "view": 0, "group": "probes"}
    first = answers.understand(asked, folder)
    assert isinstance(first.loss, CACR)
    before = answers.query(first, None)
    shutil.rmtree(folder)
    shutil.copytree(other, folder)
    question = answers.understand(asked, folder)
    assert question.loss == InfoNCE()
    now = answers.query(question, None)
    there = answers.query(answers.understand(asked, other), None)
    assert now == there != before


def test_a_second_folder_of_images_is_read_again_when_it_has_changed(tmp_path):
    first, second = pictures(tmp_path / "one", grey=200), pictures(tmp_path / "two", grey=10)
    config = TrainConfig(
        dataset=str(first), mixture=str(second), mixture_share=0.5, n_probes=16, batch_size=4
    )

    def greys():
        source = Source(config, splits_of(config))
        return set(source.images.unique().tolist())

    assert greys() == {10, 200}
    time.sleep(0.01)
    pictures(tmp_path / "two", grey=70)
    assert greys() == {70, 200}


def test_the_shelf_is_tidied_of_what_is_old_and_of_uploads_that_nobody_trained_on(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    old = time.time() - 2 * shelf.KEEP_DELETED
    images = tmp_path / shelf.IMAGES
    images.mkdir()
    for name in ("used", "unused", "new"):
        (images / f"{name}.zip").write_bytes(b"zip")
    run = tmp_path / "run"
    config = dataclasses.replace(TrainConfig(), dataset=str(images / "used.zip"))
    files.write_bytes(run / "config.json", config.to_json().encode())
    gone = shelf.bin_folder() / "gone"
    shutil.copytree(run, gone)
    for path in (images / "used.zip", images / "unused.zip", gone):
        os.utime(path, (old, old))
    shelf.tidy()
    assert sorted(path.name for path in images.iterdir()) == ["new.zip", "used.zip"]
    assert not gone.exists() and run.exists()


def test_uploads_go_on_when_the_system_has_tidied_their_folder_away():
    first = private.Private()
    shutil.rmtree(first.path.parent)
    second = private.Private()
    assert second.path.is_dir() and (second.path.parent / private.HELD).exists()
    assert private.Private().path.parent == second.path.parent


def test_no_number_is_sent_that_a_browser_cannot_read():
    with pytest.raises(ValueError, match="JSON compliant"):
        pack({"type": "frame", "trust": float("nan")})


def test_repeats_that_another_machine_left_are_lost_and_hold_nobody_up(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    folder = tmp_path / "pair"
    shutil.copytree(RECORDED / "compare-sharpness", folder)
    left = {"wanted": 3, "state": "running", "pid": 77, "host": "an-old-container", "reason": ""}
    files.write_json(folder / "seeds.json", left | {"time": time.time()})
    assert not turn.is_at_work(tmp_path, with_repeats=True)
    assert seeds.standing(folder)["state"] == "running"
    files.write_json(folder / "seeds.json", left | {"time": time.time() - LOST_AFTER - 1})
    assert seeds.standing(folder)["state"] == "lost"


def test_a_comparison_that_has_begun_stays_as_it_began(tmp_path):
    images = pictures(tmp_path / "images")
    config = TrainConfig(dataset=str(images), batch_size=20, n_probes=16, n_steps=2)
    folder = tmp_path / "pair"
    rates = {"slow": 0.1, "fast": 0.2}
    entries = [Entry(name, dataclasses.replace(config, lr=lr)) for name, lr in rates.items()]
    write_config(Comparison(tuple(entries)), folder)
    (folder / "a" / "state.safetensors").write_bytes(b"begun")
    before = (folder / "config.json").read_text()
    for i in range(3, 12):
        (images / "a" / f"{i}.png").unlink()
    fitting.fit(folder)
    assert (folder / "config.json").read_text() == before


def test_no_more_tasks_are_claimed_at_once_than_files_may_be_open(tmp_path, monkeypatch):
    monkeypatch.setattr(tasks, "MOST_CLAIMED", 3)
    claimed = []

    def results(address, do, jobs, **more):
        claimed.extend(jobs())
        claimed.extend(jobs())  # nothing has been done: nothing is free
        raise ValueError("The cluster has gone.")

    monkeypatch.setattr(tasks, "results", results)
    with pytest.raises(ValueError, match="has gone"):
        tasks.work(Study(datasets=("digits",)), tmp_path / "runs.jsonl", address="local")
    assert len(claimed) == 3
    assert not list(tmp_path.glob(".*.lock"))  # and all are given back
