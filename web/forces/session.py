"""What the Forces page shows: from the address, the session and the browser.

Kept in `st.session_state` under `forces_...`. The browser holds the board; Python hears of it after
a rest. `forces_revision` grows when Python puts another board there.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from web.forces import link
from web.forces.from_run import Taken, again, take
from web.forces.presets import SCENES, Scene
from web.live.describe import lenses
from web.settings import board
from web.shell import carried
from web.shell.whole import whole


def read_address() -> None:
    """Take everything from the address, once a session; before any widget."""
    if "forces_board" not in st.session_state:
        preset, found, ignored = link.read(carried.own_params())
        st.session_state["forces_preset"] = preset
        st.session_state["forces_ignored"] = ignored
        st.session_state["forces_taken"] = None
        st.session_state["forces_present"] = st.query_params.get("present") in ("true", "1")
        _put(found)
        if reference := st.query_params.get("from"):
            try:
                _show(again(reference, found["surface"]), put=not _has_points())
            except (ValueError, OSError) as error:
                ignored.append(f"The query could not be taken from the run: {error}")
    if asked := st.session_state.pop("forces_asked", None):
        take_query(*asked)


def view() -> dict[str, Any]:
    """What the component is given."""
    taken: Taken | None = st.session_state["forces_taken"]
    return {
        "board": st.session_state["forces_board"],
        "revision": st.session_state["forces_revision"],
        "lenses": _offered(),
        "taken": taken and taken.shown,
        "present": st.session_state["forces_present"],
    }


def as_it_stands() -> dict[str, Scene]:
    """The board as Python has heard of it, as a scene by its name."""
    name = st.session_state["forces_preset"]
    scene = SCENES[name]
    now = st.session_state["forces_board"]
    watch = scene.watch if now == scene.board else ("As it stood when it was frozen.", "")
    return {name: scene._replace(board=now, watch=watch)}


def _offered() -> list[dict[str, Any]]:
    """The losses a board can be looked at through, as they come, whatever the scene."""
    names = board.offered()
    return [lens for lens in lenses(board.full_lens(names[0])) if lens["name"] in names]


@whole
def leave_presentation() -> None:
    st.session_state["forces_present"] = False


@whole
def take_board() -> None:
    """The browser changed the board, of which an address has been read already."""
    if "forces_board" not in st.session_state:
        return
    reported = getattr(st.session_state.get("forces"), "board", None)
    found, refused = board.heard(reported, st.session_state["forces_board"])
    st.session_state["forces_board"] = found
    st.session_state["forces_refused"] = refused


@whole
def take_preset() -> None:
    """Show the preset's scene."""
    st.session_state["forces_taken"] = None
    st.session_state["forces_ignored"] = []
    _put(SCENES[st.session_state["forces_preset"]].board)


@whole
def take_query(run_id: str, probe: int) -> None:
    """Put a query of a run on the page, its newest moment."""
    try:
        surface = st.session_state["forces_board"]["surface"]
        _show(take(run_id, probe, surface=surface))
    except (ValueError, OSError) as error:
        st.session_state["forces_error"] = f"The query could not be taken: {error}"


def write_address() -> None:
    """Let the address say what the page shows; after all widgets."""
    preset = st.session_state["forces_preset"]
    present = st.session_state["forces_present"]
    taken: Taken | None = st.session_state["forces_taken"]
    reference = taken.reference if taken else None
    other = {"from": reference, "present": "true" if present else None}
    params = link.write(preset, st.session_state["forces_board"], **other)
    carried.write(params)


def _put(found: board.Board) -> None:
    st.session_state["forces_board"] = found
    st.session_state["forces_refused"] = {}
    st.session_state["forces_revision"] = st.session_state.get("forces_revision", 0) + 1


def _show(taken: Taken, put: bool = True) -> None:
    st.session_state["forces_taken"] = taken
    if put:
        _put(st.session_state["forces_board"] | taken.parts)


def _has_points() -> bool:
    return "n" in st.query_params
