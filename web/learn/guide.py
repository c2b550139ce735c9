"""The guide: a lesson under way, over the real page; which step it is at stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from web.learn.lesson import Lesson, Lessons, Step, read_all
from web.shell import carried
from web.shell.components import assets, register
from web.shell.places import selector_of
from web.shell.whole import whole

_guide = register("guide", "cacr-guide", "learn", starts="0")
ASKED = "lesson_asked"
FIRST = "live"  # the page at the root of the app


def go_on(pages: Mapping[str, Any]) -> None:
    """Open what was asked for last: the page of a step, in the step's state.

    Args:
        pages: The pages of the navigation by name.
    """
    asked = st.session_state.pop(ASKED, None)
    if not asked:
        return
    lesson = read_all().known.get(asked["lesson"])
    if lesson is None:
        return
    at = within(asked["at"], lesson)
    step = lesson.steps[at - 1]
    carried.lead({"lesson": lesson.id, "at": str(at)})
    if step.state is None and step.page == asked["page"] and not asked["solved"]:
        carried.write(carried.own_params())
        return
    carried.forget_page(step.page)
    state = step.solution if asked["solved"] else state_at(lesson, at)
    st.switch_page(pages[step.page], query_params=params_of(state) | carried.carried())


def state_at(lesson: Lesson, at: int) -> str:
    """What a link to a step's page says: its own state, else that of the last step on its page."""
    page = lesson.steps[at - 1].page
    states = [s.state for s in lesson.steps[:at] if s.page == page and s.state is not None]
    return states[-1] if states else ""


def address_of(page: str, params: Mapping[str, str]) -> str:
    """The address of a page as seen from any other."""
    return f"{'./' if page == FIRST else page}?{urlencode(params, safe=',:~')}"


def params_of(state: str) -> dict[str, str]:
    """The parts of a link to a page."""
    return dict(parse_qsl(state, keep_blank_values=True))


def within(at: int, lesson: Lesson) -> int:
    return max(1, min(at, len(lesson.steps)))


def show(page: str) -> None:
    """The guide, where a lesson is under way.

    Args:
        page: The page that is open.
    """
    found = carried.carried()
    if "lesson" not in found:
        return
    _guide(
        key="guide",
        data=told(read_all(), found["lesson"], found.get("at", "1"), page) | assets(),
        on_go_change=take_go,
        on_leave_change=leave,
    )


def told(lessons: Lessons, name: str, at: str, page: str) -> dict[str, Any]:
    """What the guide's component is given."""
    lesson = lessons.known.get(name)
    if lesson is None:
        why = [said for said in lessons.wrong if said.startswith(f"{name}.toml")]
        known = "The Learn page lists those there are."
        return {"error": " ".join([*why, f"There is no lesson {name[:40]!r}. {known}"])}
    number = within(int(at) if at.isdecimal() and len(at) < 4 else 1, lesson)
    step = lesson.steps[number - 1]
    return {
        "lesson": lesson.id,
        "title": lesson.title,
        "lang": lesson.lang if lesson.own else "",
        "at": number,
        "n": len(lesson.steps),
        "page": page,
        "step": _step(step) | {"otherwise": _places(step.page, otherwise(lesson, number))},
        "following": _following(lessons, lesson) if number == len(lesson.steps) else None,
    }


def _following(lessons: Lessons, lesson: Lesson) -> dict[str, Any] | None:
    """The lesson after this one, None after the last."""
    names = list(lessons.known)
    later = names[names.index(lesson.id) + 1 :]
    if not later:
        return None
    found = lessons.known[later[0]]
    return {"lesson": found.id, "title": found.title, "own": found.own}


def otherwise(lesson: Lesson, at: int) -> list[str]:
    """Where to begin while none of a step's places is there: the places of the step before."""
    if not lesson.steps[at - 1].check:
        return []
    while at > 1 and lesson.steps[at - 1].state is None:
        at -= 1
        if lesson.steps[at - 1].page != lesson.steps[at].page:
            return []
        if lesson.steps[at - 1].places:
            return lesson.steps[at - 1].places
    return []


def _places(page: str, names: list[str]) -> list[str]:
    return [selector_of(page, name) for name in names]


def _step(step: Step) -> dict[str, Any]:
    return {
        "page": step.page,
        "state": step.state,
        "places": _places(step.page, step.places),
        "words": step.words,
        "question": step.question,
        "choices": [choice._asdict() for choice in step.choices],
        "check": list(step.check),
        "already": step.already,
        "solved": bool(step.solution),
        "why": step.why,
    }


@whole
def take_go() -> None:
    """The student goes to a step: `{"lesson", "at", "page", "solved"}`."""
    ask(getattr(st.session_state.get("guide"), "go", None))


def ask(asked: Any) -> None:
    """Note where a person wants to go; the frame brings them there."""
    if not isinstance(asked, Mapping) or not isinstance(asked.get("at"), int):
        return
    st.session_state[ASKED] = {
        "lesson": str(asked.get("lesson", "")),
        "at": asked["at"],
        "page": str(asked.get("page", "")),
        "solved": asked.get("solved") is True,
    }


@whole
def leave() -> None:
    carried.drop(*carried.LESSON)
