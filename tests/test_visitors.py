"""What visitors are offered by the pages, and what a forged click of theirs does."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cacr_core import runs
from cacr_core.checkpoints import process
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.training import TrainConfig
from tests.bars import Bar
from web.shell import images, roles, runs_list

FRAME = str(Path(__file__).parents[1] / "frame.py")
ONE = roles.Person("1111111111111111", False, False)
OTHER = roles.Person("2222222222222222", False, False)
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    for name in ("CACR_VISITORS_MAY", "CACR_VISITORS_DATASETS", "CACR_FOLDERS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def be(monkeypatch):
    def be(person):
        monkeypatch.setattr(roles, "me", lambda: person)

    be(ONE)
    return be


@pytest.fixture
def started(monkeypatch):
    asked = []

    def start(config, folder, title=None, paused=False):
        asked.append(config)
        files.write_bytes(folder / "config.json", config.to_json().encode())
        files.beat(folder, "running")
        return folder

    monkeypatch.setattr(runs, "start", start)
    return asked


def page(name="live", **params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    if name != "live":
        at.switch_page(f"pages/{name}.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def labels(at):
    return [button.label for button in at.button]


def kept_run(shelf_folder, name, by, state="stopped"):
    folder = shelf_folder / name
    files.write_bytes(folder / "config.json", TrainConfig().to_json().encode())
    files.write_json(folder / "run.json", {"title": f"Title of {name}"})
    files.write_json(folder / "end.json", {"state": state, "reason": "", "time": 0})
    files.write_json(folder / roles.STARTER, {"by": by})
    return folder


@pytest.mark.parametrize("name", ["live", "compare"])
def test_a_visitor_watches_and_a_forged_start_starts_nothing(name, started, monkeypatch):
    bar = Bar(monkeypatch, name)
    at = page(name)
    assert "Visitors of this app may not start runs" in bar.problem
    assert bar.data["transport"]["onlooker"]
    bar.press(at, "start")
    assert "may not start runs" in bar.data["refusal"]
    assert started == []


def test_a_visitor_who_may_start_has_a_run_of_their_own(started, monkeypatch, shelf_folder, be):
    monkeypatch.setenv("CACR_VISITORS_MAY", "start")
    bar = Bar(monkeypatch, "live")
    at = page()
    assert bar.problem == ""
    bar.press(at, "start")
    (config,) = started
    (folder,) = [f for f in shelf_folder.iterdir() if (f / "config.json").exists()]
    assert config == TrainConfig.from_json((folder / "config.json").read_text())
    assert roles.not_yours(folder) == bar.data["transport"]["theirs"] == ""
    be(OTHER)
    theirs = page(run=folder.name)
    assert "belongs to who started it" in bar.data["transport"]["theirs"]
    bar.press(theirs, "speed", speed="1")
    assert "belongs to who started it" in bar.data["refusal"]
    assert files.control(folder)["speed"] is None
    bar.press(theirs, "start")
    bar.press(theirs, "reset")
    assert files.control(folder)["wanted"] == "run"


def test_of_images_that_are_kept_from_visitors_no_button_asks(monkeypatch, tmp_path):
    monkeypatch.setenv("CACR_VISITORS_DATASETS", "shapes")
    monkeypatch.setenv("CACR_CACHE", str(tmp_path / "cache"))
    read = []
    monkeypatch.setattr(process, "ask", lambda work, **_: read.append(str(work)))
    for panel in ("card", "features", "classes", "two", "course", "away"):
        at = page("checkpoints", dataset="digits", panel=panel)
        tried = next(b for b in at.button if b.label == "Try every normalisation")
        assert "256 images of shapes" in tried.help
        for label in labels(at):
            if label.startswith(("Try", "Show its", "Compare their", "Follow", "Embed")):
                next(b for b in at.button if b.label == label).click().run()
    assert any("under_each" in one for one in read)
    assert not [one for one in read if "digits" in one.replace("cacr-digits", "")]


@pytest.mark.parametrize("named", ["", "digitz"])
def test_visitors_who_are_left_no_images_see_the_apps_own_shapes(named, monkeypatch):
    monkeypatch.setenv("CACR_VISITORS_DATASETS", named)
    for name in ("live", "checkpoints"):
        page(name)
    assert images.offered_images() == ["shapes"]


def test_from_the_forces_page_a_visitor_starts_nothing(started):
    at = page("forces")
    next(b for b in at.button if b.label.startswith("Train")).click().run()
    assert any("may not start runs" in e.value for e in at.error)
    assert started == []


def test_the_list_lets_each_change_only_their_own(shelf_folder, monkeypatch, be):
    Bar(monkeypatch, "live")
    kept_run(shelf_folder, "mine", ONE.id)
    kept_run(shelf_folder, "theirs", OTHER.id)
    at = page()
    next(b for b in at.button if b.label == "Runs").click().run()
    buttons = {b.key: b.disabled for b in at.button if b.key and "delete" in b.key}
    assert buttons == {"live_delete_mine": False, "live_delete_theirs": True}
    titles = {t.key: t.disabled for t in at.text_input if t.key.startswith("live_title")}
    assert titles == {"live_title_mine": False, "live_title_theirs": True}
    said = " ".join(c.value for c in at.caption)
    assert "2 runs" in said and str(shelf_folder) not in said
    assert not at.get("file_uploader")


@pytest.mark.parametrize("act", ["_rename", "_delete", "_undelete"])
def test_a_forged_click_changes_nothing_of_anothers(act, shelf_folder, monkeypatch, be):
    session = {"live_title_theirs": "Mine now"}
    monkeypatch.setattr(runs_list.st, "session_state", session)
    kept_run(shelf_folder, "theirs", OTHER.id)
    if act == "_undelete":
        shelf.delete(shelf_folder / "theirs")
    before = sorted(p.relative_to(shelf_folder) for p in shelf_folder.rglob("*"))
    getattr(runs_list, act)("live", "theirs")
    assert "belongs to who started it" in session["live_unlisted"]
    assert sorted(p.relative_to(shelf_folder) for p in shelf_folder.rglob("*")) == before
    be(OTHER)
    getattr(runs_list, act)("live", "theirs")
    title = files.read_json(shelf_folder / "theirs" / "run.json").get("title")
    assert {"_rename": title == "Mine now", "_delete": title is None}.get(act, title)


def test_a_deleted_run_is_offered_back_to_whom_it_belonged(shelf_folder, monkeypatch, be):
    Bar(monkeypatch, "live")
    shelf.delete(kept_run(shelf_folder, "theirs", OTHER.id))
    at = page()
    next(b for b in at.button if b.label == "Runs").click().run()
    assert "Undo" not in labels(at)
    be(OTHER)
    assert "Undo" in labels(at.run())


def test_a_visitor_chooses_among_the_images_that_the_owner_lets_them_see(monkeypatch, tmp_path):
    Bar(monkeypatch, "live")
    monkeypatch.setenv("CACR_VISITORS_DATASETS", "digits")
    at = page()
    assert at.selectbox(key="live_dataset_name").options == ["Digits"]
    assert at.session_state["live_dataset"] == "digits"


@pytest.mark.parametrize("may", ["", "upload"])
def test_a_visitor_uploads_where_the_owner_allows_it(may, monkeypatch):
    Bar(monkeypatch, "live")
    monkeypatch.setenv("CACR_VISITORS_MAY", may)
    at = page()
    offered = "Your own images" in at.selectbox(key="live_dataset_name").options
    assert offered == bool(may)
    assert bool(page("checkpoints").get("file_uploader")) == bool(may)


def test_a_visitor_downloads_no_dataset(monkeypatch, tmp_path):
    Bar(monkeypatch, "live")
    monkeypatch.setenv("CACR_DATA", str(tmp_path))
    assert not any("Download" in label for label in labels(page(dataset="cifar10")))
