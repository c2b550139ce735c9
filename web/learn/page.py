"""The Learn page: lessons to begin or go on with, an article, the words of the field."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import streamlit as st

from web.learn import guide
from web.learn.article import Section, sections
from web.learn.lesson import Lesson, read_all
from web.settings.glossary import terms
from web.shell import carried, places, roles
from web.shell.components import assets, register
from web.shell.whole import whole

_learn = register("learn", "cacr-live cacr-learn")


def show() -> None:
    """Draws the page; a lesson that was under way waits here until it is gone on with."""
    carried.drop(*carried.LESSON)
    lessons = read_all()
    _learn(
        key="learn",
        data={
            "lessons": [_card(lesson) for lesson in lessons.known.values()],
            "wrong": lessons.wrong if roles.me().is_owner else [],  # folders are named in it
            "article": [_section(section) for section in sections()],
            "terms": [{"id": t.id, "name": t.name, "words": t.words} for t in terms().values()],
            "places": places_told(),
            **assets(),
        },
        on_go_change=take_go,
    )
    carried.write({})


def _card(lesson: Lesson) -> dict[str, Any]:
    return {
        "id": lesson.id,
        "title": lesson.title,
        "teaches": lesson.teaches,
        "minutes": lesson.minutes,
        "lang": lesson.lang if lesson.own else "",  # what ships is in the page's own
        "pages": list(dict.fromkeys(step.page for step in lesson.steps)),
        "n": len(lesson.steps),
        "own": lesson.own,
        "links": [link_to(lesson, at) + _asked() for at in range(1, len(lesson.steps) + 1)],
        "answers": [[at, s.answers] for at, s in enumerate(lesson.steps, 1) if s.answers],
    }


def _section(section: Section) -> dict[str, Any]:
    figure = section.figure
    return {
        "title": section.title,
        "text": section.text,
        "lesson": section.lesson,
        "source": section.source,
        "figure": figure
        and {
            "frame": figure.frame + _asked(),
            "link": figure.link + _asked(),
            "height": figure.height,
            "caption": figure.caption,
        },
    }


def _asked() -> str:
    """The language, as part of an address, where the address of this page asks for one."""
    code = carried.carried().get("lang")
    return f"&{urlencode({'lang': code})}" if code else ""


def places_told() -> list[dict[str, Any]]:
    """What a teacher may take away by `hide=` or point at in a lesson, page by page."""
    everywhere = [{"name": k, "words": p.words} for k, p in places.EVERYWHERE.items()]
    return [{"page": "every page", "parts": everywhere, "more": []}] + [
        {
            "page": page,
            "parts": [{"name": name, "words": place.words} for name, place in found.items()],
            "more": places.dotted_words(page),
        }
        for page, found in places.PLACES.items()
    ]


def link_to(lesson: Lesson, at: int) -> str:
    """The address of a step, as seen from any page."""
    params = guide.params_of(guide.state_at(lesson, at)) | {"lesson": lesson.id, "at": str(at)}
    return guide.address_of(lesson.steps[at - 1].page, params)


@whole
def take_go() -> None:
    """A lesson is begun or gone on with."""
    guide.ask(getattr(st.session_state.get("learn"), "go", None))
