"""What the page says of a folder that a person chose: classes, what was left out, questions."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from cacr_core import data
from cacr_core.data import folders
from tests.bars import Bar
from tests.test_few_images import folder_of
from web.shell import images, reading

FRAME = str(Path(__file__).parents[1] / "frame.py")
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_DATA", str(tmp_path / "kept"))
    monkeypatch.setenv("CACR_RUNS", str(tmp_path / "runs"))
    (tmp_path / "runs").mkdir()
    monkeypatch.setattr(reading, "AT_ONCE", 30.0)


@pytest.fixture
def mixed(tmp_path):
    root = folder_of(tmp_path / "mixed", {"cat": 20, "Cat": 4, "dog": 6})
    (root / "cat" / "half.png").write_bytes(b"no image")
    (root / "read me.txt").write_text("words")
    (root / ".DS_Store").write_text("x")
    return root


def page(monkeypatch, folder, prefix="live"):
    Bar(monkeypatch, prefix)
    monkeypatch.setenv("CACR_FOLDERS", str(folder))
    at = AppTest.from_file(FRAME, default_timeout=60)
    if prefix != "live":
        at.run().switch_page(f"pages/{prefix}.py")
    at.query_params["dataset"] = str(folder.resolve())
    at.run()
    assert not at.exception
    return at


def said(at):
    every = [*at.caption, *at.warning, *at.error, *at.info]
    return " ".join(one.value for one in every).replace("\\", "")


@pytest.mark.parametrize("prefix", ["live", "compare"])
def test_what_was_left_out_is_counted_by_reason_on_the_page(prefix, mixed, monkeypatch):
    words = said(page(monkeypatch, mixed, prefix))
    assert "30 images in 3 classes (cat 20, dog 6, Cat 4): 16 are trained on, 7 watched" in words
    assert "Left out: 1 damaged or cut off, 1 hidden" in words
    assert "1 of another kind (.txt)" in words
    assert "'Cat' and 'cat' differ in case or spaces only: are they one class?" in words
    assert "A batch has all 16 images that are trained on, not" in words


def test_the_size_of_images_is_a_setting_of_folders_alone(mixed, monkeypatch):
    at = page(monkeypatch, mixed)
    at.select_slider(key="live_image_size").set_value(64).run()
    assert not at.exception
    assert at.query_params["image_size"] in ("64", ["64"])
    at.selectbox(key="live_dataset_name").set_value("digits").run()
    assert not [s for s in at.select_slider if s.key == "live_image_size"]


def test_a_folder_of_too_few_images_says_how_many_are_needed(tmp_path, monkeypatch):
    at = page(monkeypatch, folder_of(tmp_path / "few", {"a": 11}))
    assert "12 images or more, got 11" in said(at)


def test_a_long_reading_says_how_far_it_is_and_the_page_does_not_wait(mixed, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", 0.05)
    going_on, true = threading.Event(), folders.read_folder

    def slow(path, size):
        data.progress.tell(7, 30)
        going_on.wait(60)
        return true(path, size)

    monkeypatch.setattr(data, "read_folder", slow)
    at = page(monkeypatch, mixed)
    future = reading.reading_of(str(mixed.resolve()), 32).future
    assert not future.done()
    assert "The images are being read" in said(at)
    going_on.set()
    future.result(60)
    assert "30 images in 3 classes" in said(at.run())


def test_a_dropped_zip_counts_for_the_quota_of_the_disk(monkeypatch, tmp_path):
    sent = SimpleNamespace(file_id="sent", getvalue=lambda: b"zip")
    said, state = [], {}
    monkeypatch.setattr(images.st, "file_uploader", lambda *_, **__: sent)
    monkeypatch.setattr(images.st, "error", lambda sentence, **_: said.append(sentence))
    monkeypatch.setattr(images.st, "session_state", state)
    monkeypatch.setattr(images.st, "rerun", lambda: said.append("rerun"))
    monkeypatch.setenv("CACR_RUNS_QUOTA", "1KB")
    (tmp_path / "runs" / "full").write_bytes(b"x" * 1025)
    images._upload("live")
    assert "The runs folder may hold" in said[0] and len(said) == 1
    assert not (tmp_path / "runs" / ".images").exists() and not state
    monkeypatch.setenv("CACR_RUNS_QUOTA", "1MB")
    images._upload("live")
    assert said[1:] == ["rerun"]
    assert (tmp_path / "runs" / ".images" / "sent.zip").read_bytes() == b"zip"
