"""The bar of a class above every page: the teacher's, or a follower's with the way back to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from web.classroom.room import ROOM
from web.shell import carried, roles
from web.shell.components import assets, register
from web.shell.whole import whole

_bar = register("classbar", "cacr-class", "classroom", starts="38px")
PAGE = "class"  # the one that shows the class in
WANTED, BROUGHT, TOLD = "class_wanted", "class_brought", "class_told"
OWN = ("present", "speed")  # of an address, what is the teacher's alone


def go_on(pages: Mapping[str, Any]) -> None:
    """Bring a follower who asked for it to where the teacher is.

    Args:
        pages: The pages of the navigation by name.
    """
    if not st.session_state.pop(WANTED, False) or (found := ROOM.destination) is None:
        return
    name, params = found
    st.session_state[BROUGHT] = st.session_state.get(BROUGHT, 0) + 1
    carried.forget_page(name)
    carried.lead({key: params.pop(key) for key in carried.LESSON if key in params})
    st.switch_page(pages[name], query_params=params | carried.carried())


def show(page: str) -> None:
    """The bar, where there is a class.

    Args:
        page: The page that is open.
    """
    if not _is_here():
        return
    with st.container(key="cacr_class"):
        _bar(
            key="classbar",
            data={
                "token": roles.my_token(),
                "teaches": roles.me().is_owner,
                "page": page,
                "may_start": "start" in roles.visitors_may(),
                "lang": carried.carried().get("lang", ""),
                "brought": st.session_state.get(BROUGHT, 0),
                **assets(),
            },
            on_follow_change=_take_follow,
            on_may_start_change=_leave_it,
        )


def tell(page: str) -> None:
    """What the class is to follow, where its teacher runs the script; once the page has spoken.

    A script runs again for much that is no move: in a tab that nobody looks at when its run ends,
    say. What the session has said before brings nobody away from what another said since.
    """
    if not (_is_here() and roles.me().is_owner):
        return
    params = {key: value for key, value in carried.own_params().items() if key not in OWN}
    place = (page, params | carried.lesson())
    if place != st.session_state.get(TOLD):
        st.session_state[TOLD] = place
        ROOM.open(*place, roles.my_token())


def _is_here() -> bool:
    """Whether the page belongs to a class; a figure of an article, say, does not."""
    return roles.is_class() and not st.context.is_embedded


@whole
def _leave_it() -> None:
    """What followers may do has changed: the rerun shows it."""


@whole
def _take_follow() -> None:
    st.session_state[WANTED] = True
