"""What the page promises of a course before it is followed, and files that change meanwhile."""

import os

import pytest
import torch

from tests.test_asked_work import picture
from tests.test_checkpoints_page import page, shelf_folder
from tests.test_course import FIRST, moments, names_of, put
from web.checkpoints.course import INVITATION, answered_stamp, left_out_words

__all__ = ["shelf_folder"]
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture
def course(monkeypatch):
    """The page on the course of a file."""

    def on(path, dataset="digits"):
        places = [str(path.parent), *([dataset] if "/" in dataset else [])]
        monkeypatch.setenv("CACR_FOLDERS", os.pathsep.join(places))
        return page(panel="course", a=f"folder:0:{path.name}", dataset=dataset)

    return on


def captions(at):
    return [one.value.replace("\\", "") for one in at.caption]


def follow(at):
    next(b for b in at.button if b.label == "Follow the training").click().run()
    assert not at.exception and not at.error
    return next(one.value for one in at.dataframe if "CKA to the last" in one.value)


def test_numbers_read_at_a_word_for_steps_are_steps(course, tmp_path):
    for k in (1000, 2000):
        put(tmp_path / "w" / f"iter_{k}.pth")
    at = course(tmp_path / "w" / "iter_1000.pth")
    (told,) = [one for one in captions(at) if "checkpoints, " in one]
    assert told.startswith("2 checkpoints, steps 1,000 to 2,000: at most 1,024 passes")
    assert INVITATION in captions(at)
    assert "step" in follow(at) and INVITATION not in captions(at)
    assert at.select_slider(key="checkpoints_epoch").label == "Step"
    assert left_out_words({"a": "b"}, "step").endswith("has its step: a (b).")


def test_steps_and_epochs_stand_on_no_axis_together(tmp_path):
    for k in (1000, 2000):
        put(tmp_path / f"net_step{k}.pth")
    put(tmp_path / "net_best.pth", epoch=3)
    put(tmp_path / "net_last.pth", epoch=4)
    steps = ["net_step1000.pth", "net_step2000.pth"]
    assert names_of(moments(tmp_path, steps[0])) == steps
    assert names_of(moments(tmp_path, "net_best.pth")) == ["net_best.pth", "net_last.pth"]


def test_a_file_that_is_written_over_in_place_is_followed_as_it_is_now(course, tmp_path):
    folder = tmp_path / "w"
    for k in (1, 2, 3):
        put(folder / f"net_epoch_{k}.pth")
    at = course(folder / "net_epoch_1.pth")
    before = follow(at)
    changed = folder.stat().st_mtime_ns
    torch.save({"model": dict(FIRST), "more": "x" * 100}, folder / "net_epoch_3.pth")
    assert folder.stat().st_mtime_ns == changed
    at.run()
    assert not at.exception and not at.error
    now = follow(at)
    assert before["CKA to the last"].tolist() == [1, 1, 1]
    assert now["CKA to the last"].tolist()[:2] != [1, 1] and now["CKA to the last"].iloc[2] == 1


def test_what_a_training_logs_beside_its_checkpoints_ends_no_course(course, tmp_path):
    folder = tmp_path / "w"
    for k in (1, 2):
        put(folder / f"net_epoch_{k}.pth")
    (folder / "latest.pth").symlink_to(folder / "gone")
    at = course(folder / "net_epoch_1.pth")
    follow(at)
    (folder / "log.txt").write_text("epoch 2")
    at.run()
    assert INVITATION not in captions(at)
    before = answered_stamp(folder)
    for k in (1, 2):  # of whichever the link stands before
        (folder / f"net_epoch_{k}.pth").unlink()
        before, then = answered_stamp(folder), before
        assert before != then


def test_no_more_passes_are_promised_than_there_are_images(course, tmp_path):
    for k in (1, 2):
        put(tmp_path / "w" / f"net_epoch_{k}.pth")
    for k in range(12):
        picture(tmp_path / "few" / "ab"[k % 2] / f"{k}.png", 5 * k)
    at = course(tmp_path / "w" / "net_epoch_1.pth", str(tmp_path / "few"))
    assert any("epochs 1 to 2: at most 24 passes" in one for one in captions(at))
