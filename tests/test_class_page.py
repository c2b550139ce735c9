"""What a class adds to the pages, for whom, and where a follower is brought."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.training import TrainConfig
from tests.bars import Bar
from tests.classes import ONE, OTHER, TEACHER, Seat, class_here, say
from tests.framed import framed
from web.classroom import bar, page
from web.shell import carried, roles

__all__ = ["class_here"]
FRAME = str(Path(__file__).parents[1] / "frame.py")
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


class ClassBar:
    """Stands for the bar in a page under test."""

    data = None

    def __call__(self, *, key, data, **callbacks):
        self.data = data


@pytest.fixture
def shown(monkeypatch, tmp_path, class_here):
    """The bar of the class, and who runs the script from now on."""
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    framed(monkeypatch)
    found = ClassBar()
    monkeypatch.setattr(bar, "_bar", found)
    found.view = Bar(monkeypatch, "live")
    found.be = lambda person: monkeypatch.setattr(roles, "me", lambda: person)
    found.be(ONE)
    return found


def open_page(name="live", **params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    if name != "live":
        at.run().switch_page(f"pages/{name}.py").query_params.clear()
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def look_at(room, bar):
    """A person has the page before them that was opened last: its bar takes a seat."""
    data = bar.data
    where = {"token": data["token"], "page": data["page"], "follows": False}
    say(room, Seat(), TEACHER, type="attend", **where)


def test_the_teachers_page_is_followed_and_a_followers_is_not(shown, class_here):
    open_page(step="300")
    assert not shown.data["teaches"]
    assert class_here.destination is None
    shown.be(TEACHER)
    open_page(step="300")
    assert shown.data["teaches"]
    name, params = class_here.destination
    assert (name, params["step"]) == ("live", "300")
    assert "lesson" not in params
    open_page(lesson="attraction", at="2")
    look_at(class_here, shown)
    assert {"lesson": "attraction", "at": "2"}.items() <= class_here.destination[1].items()


def test_a_tab_in_the_background_that_comes_back_brings_nobody_away_till_it_is_looked_at(
    shown, class_here
):
    shown.be(TEACHER)
    open_page("forces")
    look_at(class_here, shown)
    there = class_here.destination
    assert there[0] == "forces"
    open_page(step="300")  # in a session anew: what the one before had said is forgotten
    assert class_here.destination == there
    look_at(class_here, shown)
    name, params = class_here.destination
    assert (name, params["step"]) == ("live", "300")


@pytest.mark.parametrize("name", ["live", "forces"])
def test_a_presentation_and_the_speed_of_it_are_the_teachers_alone(name, shown, class_here):
    shown.be(TEACHER)
    at = open_page(name, present="1", speed="5")
    look_at(class_here, shown)
    assert "present" in at.query_params
    page_led, params = class_here.destination
    assert page_led == name
    assert params and not {"present", "speed"} & params.keys()


def test_a_tab_that_says_again_what_it_said_brings_nobody_away(shown, class_here):
    shown.be(TEACHER)
    hidden = open_page(step="300")
    look_at(class_here, shown)
    open_page("forces")
    look_at(class_here, shown)
    there = class_here.destination
    assert there[0] == "forces"
    hidden.run()  # its run has ended, say
    assert class_here.destination == there
    hidden.selectbox(key="live_preset").set_value("collapse").run()
    name, params = class_here.destination
    assert (name, params["preset"]) == ("live", "collapse")


def test_the_page_of_the_class_keeps_the_language(shown):
    at = open_page(lang="de")
    assert shown.data["lang"] == "de"
    at.switch_page("pages/class.py")
    at.query_params.clear()  # as Streamlit does on the way to another page
    at.run()
    assert at.query_params["lang"] == "de"


def test_who_comes_by_the_link_of_an_earlier_start_is_told_why_they_only_follow(shown):
    at = open_page(owner="guess")
    (told,) = at.warning
    assert "CACR_OWNER_SECRET" in told.value
    assert "guess" not in told.value and roles._secret not in told.value
    at.run()
    assert len(at.warning) == 1  # the page has run twice by the time one reads it
    assert not open_page(owner=roles._secret).warning
    assert not open_page().warning
    shown.be(TEACHER)  # by a cookie
    assert not open_page(owner="guess").warning


@pytest.fixture
def theirs(shown, monkeypatch, tmp_path):
    """Makes a run of the teacher's and opens it for a follower who may start runs; what is started
    meanwhile is listed, and not trained."""
    started = []

    def make(folder, config):
        files.write_bytes(folder / "config.json", config.to_json().encode())
        files.beat(folder, "running")

    def start(config, folder, title=None, paused=False):
        started.append(folder.name)
        make(folder, config)
        return folder

    def opened(state):
        make(tmp_path / "theirs", TrainConfig())
        files.write_json(tmp_path / "theirs" / roles.STARTER, {"by": TEACHER.id})
        files.beat(tmp_path / "theirs", state)
        return open_page(run="theirs")

    monkeypatch.setattr(runs, "start", start)
    roles.allow("start", True)
    return SimpleNamespace(open=opened, started=started, folder=tmp_path / "theirs")


@pytest.mark.parametrize("state", ["running", "waiting", "paused"])
def test_the_run_of_another_is_no_obstacle_to_start_and_goes_on(state, shown, theirs):
    at, before = theirs.open(state), files.control(theirs.folder)
    assert shown.view.data["transport"]["theirs"]
    shown.view.press(at, "start")
    (own,) = theirs.started
    assert (shown.view.data["run"], shown.view.data["refusal"]) == (own, "")
    assert files.control(theirs.folder) == before
    shown.view.press(at, "start")  # while one's own is at work
    assert "still at work" in shown.view.data["refusal"]
    assert len(theirs.started) == 1


def test_the_run_of_another_is_not_set_back(shown, theirs):
    shown.view.press(theirs.open("running"), "reset")
    assert "belongs to who started it" in shown.view.data["refusal"]
    assert theirs.started == []


def test_beside_the_run_of_another_a_preset_shows_its_recording(shown, theirs):
    at = theirs.open("running")
    at.selectbox(key="live_preset").set_value("collapse").run()
    assert shown.view.data["run"] == "live-collapse"
    assert roles.not_yours(theirs.folder, OTHER)


@pytest.fixture
def session(monkeypatch):
    """A session without a browser: what is kept, and where one is sent."""
    sent = []
    fake = SimpleNamespace(
        session_state={"live_view": 1, "forces_board": 2, "carried": {"lesson": "x", "hide": "y"}},
        query_params={},
        switch_page=lambda page, query_params: sent.append((page, query_params)),
        sent=sent,
    )
    monkeypatch.setattr(bar, "st", fake)
    monkeypatch.setattr(carried, "st", fake)
    return fake


def test_a_follower_is_brought_to_the_page_and_the_state_of_the_teacher(session, class_here):
    class_here.open("forces", {"v": "1", "preset": "chord"})
    bar.go_on({"forces": "page"})
    assert session.sent == []  # nobody asked
    bar._take_follow()
    bar.go_on({"forces": "page"})
    bar.go_on({"forces": "page"})
    assert session.sent == [("page", {"v": "1", "preset": "chord", "hide": "y"})]
    assert session.session_state[bar.BROUGHT] == 1
    assert "forces_board" not in session.session_state
    assert session.session_state["live_view"] == 1


def test_a_follower_is_brought_to_the_teachers_step_of_a_lesson(session, class_here):
    class_here.open("live", {"step": "300", "lesson": "attraction", "at": "2"})
    bar._take_follow()
    bar.go_on({"live": "page"})
    where = {"lesson": "attraction", "at": "2", "hide": "y"}
    assert session.sent == [("page", {"step": "300"} | where)]
    assert carried.carried() == where  # in place of the follower's own
    assert class_here.destination[1]["lesson"] == "attraction"
    class_here.open("live", {"step": "300"})
    bar._take_follow()
    bar.go_on({"live": "page"})
    assert carried.carried() == {"hide": "y"}


def test_where_no_page_is_followed_yet_a_follower_stays(session, class_here):
    bar._take_follow()
    bar.go_on({})
    assert session.sent == []
    assert bar.BROUGHT not in session.session_state


def test_a_figure_in_a_frame_belongs_to_no_class(shown, class_here, monkeypatch):
    true = st.context
    framed = SimpleNamespace(
        is_embedded=True, headers=true.headers, cookies=true.cookies, url=true.url
    )
    monkeypatch.setattr(st, "context", framed)
    shown.be(TEACHER)
    open_page()
    assert (shown.data, class_here.destination) == (None, None)


def test_without_a_class_there_is_neither_bar_nor_page(shown, monkeypatch):
    monkeypatch.delenv("CACR_CLASS")
    at = open_page()
    assert shown.data is None
    assert "Class" not in [link.label for link in at.get("page_link")]


@pytest.mark.parametrize(("person", "knows"), [(ONE, False), (TEACHER, True)])
def test_the_teachers_link_is_told_to_the_teacher_alone(person, knows, shown, monkeypatch):
    told = []
    monkeypatch.setattr(page, "_page", lambda *, key, data: told.append(data))
    shown.be(person)
    open_page("class")
    (data,) = told
    assert (roles._secret in repr(data)) == knows
    assert data["link"] and data["code"].startswith("data:image/svg+xml")
