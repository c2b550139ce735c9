"""What an address carries from page to page: a lesson under way, what is hidden,
and the language.

A page reads and writes what is its own; these keys stand in its address beside it. `embed` is not
among them: Streamlit keeps it in the address by itself and shows it to no page.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

LESSON = ("lesson", "at")  # which is under way, and its step
CARRIED = (*LESSON, "hide", "lang")
KEY = "carried"
STAYS = ("_revision",)  # what a page counts on, whatever else of it is forgotten


def read() -> None:
    """Take from the address what it carries, once a session.

    Afterwards the session knows better: a rerun may come with the address of a moment ago.
    """
    if KEY not in st.session_state:
        found = {key: st.query_params[key] for key in CARRIED if key in st.query_params}
        st.session_state[KEY] = found


def carried() -> dict[str, str]:
    return dict(st.session_state.get(KEY, {}))


def lesson() -> dict[str, str]:
    """The lesson under way and its step; nothing where none is."""
    found = carried()
    return {key: found[key] for key in LESSON if key in found} if "lesson" in found else {}


def lead(place: Mapping[str, str]) -> None:
    """Carry this step of a lesson, or none, in place of the one that is."""
    rest = {key: value for key, value in carried().items() if key not in LESSON}
    st.session_state[KEY] = dict(place) | rest


def drop(*keys: str) -> None:
    """Carry these no longer."""
    for key in keys:
        st.query_params.pop(key, None)
    st.session_state[KEY] = {k: v for k, v in carried().items() if k not in keys}


def forget_page(name: str) -> None:
    """Let a page take everything from its address again."""
    for key in list(st.session_state):
        kept = str(key)
        if kept.startswith(f"{name}_") and not kept.endswith(STAYS):
            del st.session_state[key]


def own_params() -> dict[str, str]:
    """What the address says of the page itself."""
    return {k: v for k, v in st.query_params.to_dict().items() if k not in CARRIED}


def write(params: Mapping[str, str]) -> None:
    """Let the address say this of the page, and beside it what is carried."""
    whole = {**params, **carried()}
    if whole != st.query_params.to_dict():
        st.query_params.from_dict(whole)
