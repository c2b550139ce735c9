"""What the bar below a view says of the speed, and how it tells what it refuses."""

import errno
import os
from types import SimpleNamespace

import pytest

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.training import TrainConfig
from web.shell import buttons, images, roles, runs_list
from web.shell.session import Shown

ONE = roles.Person("1111111111111111", False, False)


@pytest.fixture
def session(monkeypatch):
    kept = {"live_view": {}, "live_speed": "full"}
    for module in (buttons, images, runs_list):
        monkeypatch.setattr(module.st, "session_state", kept)
    monkeypatch.setattr(roles, "me", lambda: roles.OWNER)
    return kept


@pytest.fixture
def run(shelf_folder):
    folder = shelf_folder / "mine"
    files.write_bytes(folder / "config.json", TrainConfig().to_json().encode())
    files.write_json(folder / "run.json", {"title": "Mine"})
    return folder


def page(state, plan=None):
    shown = Shown("mine", False, state, "", 3, "")
    return buttons.Page("live", lambda: None, lambda: shown, plan or (lambda: None), "")


def press(session, state, act, **more):
    """What the bar is told after an act: why it was not done."""
    asked = {"act": act, "run": "mine", **more}
    session["live"] = SimpleNamespace(transport=asked)
    buttons.obey(page(state, lambda: buttons.Plan(TrainConfig(), "next", "Next")))
    return buttons.refusal("live")


def no_room(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_speed_told_is_that_of_the_run_at_work_else_that_of_the_next(session, run, monkeypatch):
    monkeypatch.setattr(buttons, "_problem", lambda _: "")
    files.request(run, speed=1.0)
    for state, speed in (("running", "1"), ("paused", "1"), ("stopped", "full")):
        assert buttons.bar(page(state))["speed"] == speed
    files.request(run, speed=None)
    session["live_speed"] = "5"
    assert buttons.bar(page("running"))["speed"] == "full"


@pytest.mark.parametrize(("state", "kept"), [("running", "full"), ("stopped", "5")])
def test_the_speed_of_anothers_run_at_work_stays_and_so_does_ones_own(
    session, run, monkeypatch, state, kept
):
    files.write_json(run / roles.STARTER, {"by": "owner"})
    monkeypatch.setattr(roles, "me", lambda: ONE)
    said = press(session, state, "speed", speed="5")
    assert session["live_speed"] == kept
    assert files.control(run)["speed"] is None
    if state == "running":
        assert said == f"The speed could not be changed: {roles.not_yours(run)}"
    else:
        assert said == ""


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("start", "The run could not be started: "),
        ("reset", "The run could not be set back: "),
        ("speed", "The speed could not be changed: "),
    ],
)
def test_what_is_refused_is_told_by_what_was_asked_for(session, run, monkeypatch, act, words):
    monkeypatch.setattr(runs, "start", no_room)
    monkeypatch.setattr(runs, "request", no_room)
    assert press(session, "stopped", act, speed="1").startswith(words + "[Errno 28]")


def test_a_run_that_was_started_is_shown_though_its_speed_could_not_be_set(
    session, run, monkeypatch
):
    monkeypatch.setattr(runs, "start", lambda *_, **__: run)
    monkeypatch.setattr(runs, "request", no_room)
    assert press(session, "stopped", "start").startswith("The speed could not be changed: ")
    assert session["live_run"] == "next"


def test_a_full_disk_is_told_where_a_title_a_run_or_images_were_to_be_written(
    session, run, monkeypatch
):
    session["live_title_mine"] = "Another"
    monkeypatch.setattr(shelf, "write_json", no_room)
    runs_list._rename("live", "mine")
    assert "No space left" in session["live_unlisted"]
    sent = SimpleNamespace(file_id="sent", getvalue=lambda: b"zip")
    for module in (images, runs_list):
        monkeypatch.setattr(module.st, "file_uploader", lambda *_, **__: sent)
    said = []
    monkeypatch.setattr(images.st, "error", lambda sentence, **_: said.append(sentence))
    monkeypatch.setattr(files, "write_bytes", no_room)
    images._upload("live")
    monkeypatch.setattr(shelf, "from_zip", no_room)
    runs_list._from_file("live", "run")
    assert len(said) == 2 and all("No space left" in sentence for sentence in said)
    assert "live_dataset" not in session
