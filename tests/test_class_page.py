"""What a class adds to the pages, for whom, and where a follower is brought."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.bars import Bar
from tests.classes import ONE, TEACHER, class_here
from web.classroom import bar, page
from web.shell import roles

__all__ = ["class_here"]
FRAME = str(Path(__file__).parents[1] / "frame.py")
pytestmark = pytest.mark.filterwarnings("ignore:.*ScriptRunContext.*")


class ClassBar:
    """Stands for the bar in a page under test; `follow` is a hand on its button."""

    def __init__(self):
        self.data, self.asked = None, False

    def __call__(self, *, key, data, on_follow_change, **callbacks):
        self.data = data
        if self.asked:
            self.asked = False
            on_follow_change()
            st.rerun()

    def follow(self, at):
        self.asked = True
        return at.run()


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


def test_a_follower_is_brought_to_the_page_and_the_state_of_the_teacher(shown, class_here):
    class_here.open("forces", {"v": "1", "preset": "chord"})
    at = open_page(step="300")
    shown.follow(at)
    assert (shown.data["page"], shown.data["brought"]) == ("forces", 1)
    assert at.session_state["forces_preset"] == "chord"
    class_here.open("live", {"v": "1", "preset": "sscl"})
    shown.follow(at)
    assert shown.data["page"] == "live"
    assert at.session_state["live_preset"] == "sscl"


def test_where_no_page_is_followed_yet_a_follower_stays(shown):
    at = open_page(step="300")
    shown.follow(at)
    assert (shown.data["page"], shown.data["brought"]) == ("live", 0)


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
