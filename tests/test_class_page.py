"""What a class adds to the pages, for whom, and where a follower is brought."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.bars import Bar
from tests.classes import ONE, TEACHER, class_here
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
    found = ClassBar()
    monkeypatch.setattr(bar, "_bar", found)
    Bar(monkeypatch, "live")
    found.be = lambda person: monkeypatch.setattr(roles, "me", lambda: person)
    found.be(ONE)
    return found


def open_page(name="live", **params):
    at = AppTest.from_file(FRAME, default_timeout=60)
    if name != "live":
        at.switch_page(f"pages/{name}.py")
    for key, value in params.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


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
    assert {"lesson": "attraction", "at": "2"}.items() <= class_here.destination[1].items()


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
