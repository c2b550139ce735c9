"""The run's buttons: Start, Pause, Resume, Step, Stop, Reset and the speed; for any page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.controls.state import SPEEDS, Shown

STATE_AFTER = {
    "pause": ("paused",),
    "run": ("running",),
    "stop": ("stopped", "finished", "failed"),
}


class Plan(NamedTuple):
    """What Start would train: a config or a comparison, its id and its title."""

    config: Any
    id: str
    title: str


class Page(NamedTuple):
    """What the buttons must know of the page they stand on.

    Attributes:
        prefix: Of the page's keys in `st.session_state`.
        plan: What the chosen settings make; raises ValueError when they make nothing.
        help: One sentence on what Start does.
    """

    prefix: str
    plan: Callable[[], Plan]
    help: str


def six_buttons(shown: Shown, page: Page) -> None:
    """Start, Pause, Resume, Step, Stop and Reset, each enabled where it can act."""
    own = shown.id is not None and not shown.is_example
    state = shown.state if own else None
    fresh = state == "paused" and shown.step == 0
    problem = _problem(page)
    act = {"args": (shown, page)}
    st.button(
        "Start",
        type="primary",
        width="stretch",
        disabled=(state in files.ACTIVE and not fresh) or problem is not None,
        on_click=_start,
        help=page.help,
        **act,
    )
    left, right = st.columns(2, gap="small")
    left.button(
        "Pause",
        width="stretch",
        disabled=state not in ("running", "waiting"),
        on_click=_request,
        kwargs={"wanted": "pause"},
        **act,
    )
    right.button(
        "Resume",
        width="stretch",
        disabled=state not in ("paused", "stopped", "lost"),
        on_click=_resume,
        **act,
    )
    left.button(
        "Step",
        width="stretch",
        disabled=state not in ("paused", "running"),
        on_click=_step,
        help="One update, then wait.",
        **act,
    )
    right.button(
        "Stop",
        width="stretch",
        disabled=state not in files.ACTIVE,
        on_click=_request,
        kwargs={"wanted": "stop"},
        **act,
    )
    left.button(
        "Reset",
        width="stretch",
        disabled=not own or problem is not None,
        on_click=_reset,
        help="Step 0 again with the same first weights and the settings below, waiting.",
        **act,
    )
    right.selectbox(
        "Speed",
        list(SPEEDS),
        format_func=SPEEDS.get,
        key=f"{page.prefix}_speed",
        on_change=_change_speed,
        args=(shown, page),
        label_visibility="collapsed",
    )
    for sentence in st.session_state.get(f"{page.prefix}_ignored", []):
        st.warning(sentence, icon=":material/link_off:")
    if message := st.session_state.pop(f"{page.prefix}_error", None):
        st.error(message, icon=":material/error:")
    if problem:
        st.error(problem, icon=":material/error:")


def _problem(page: Page) -> str | None:
    """Why the settings cannot be trained with, in one sentence."""
    try:
        page.plan()
    except ValueError as error:
        return str(error)
    return None


def _start(shown: Shown, page: Page, paused: bool = False) -> None:
    if st.session_state.get(f"{page.prefix}_run", shown.id) != shown.id:
        return  # a second click, on a page that had not yet heard of the first
    try:
        plan = page.plan()
        if not shown.is_example and shown.state in files.ACTIVE:
            _request(shown, page, wanted="stop")
        runs.start(plan.config, shelf.runs_folder() / plan.id, plan.title, paused=paused)
        _change_speed(Shown(plan.id, False, None, "", 0, ""), page)
    except (ValueError, OSError) as error:
        st.session_state[f"{page.prefix}_error"] = f"The run could not be started: {error}"
        return
    st.session_state[f"{page.prefix}_run"] = plan.id
    st.session_state[f"{page.prefix}_ignored"] = []


def _reset(shown: Shown, page: Page) -> None:
    _start(shown, page, paused=True)


def _request(shown: Shown, page: Page, **changes: Any) -> None:
    try:
        runs.request(shown.folder, **changes)
        _await_state(shown, changes["wanted"])
    except (ValueError, OSError) as error:
        st.session_state[f"{page.prefix}_error"] = f"The run could not be reached: {error}"


def _await_state(shown: Shown, wanted: str) -> None:
    """Wait a moment for the worker to obey, so that the buttons show the new state at once."""
    for _ in range(20):
        if files.status(shown.folder) in STATE_AFTER[wanted]:
            return
        time.sleep(0.02)


def _resume(shown: Shown, page: Page) -> None:
    try:
        if shown.state == "paused":
            runs.request(shown.folder, wanted="run")
            _await_state(shown, "run")
        else:
            runs.resume(shown.folder)
    except (ValueError, OSError) as error:
        st.session_state[f"{page.prefix}_error"] = f"The run could not be resumed: {error}"


def _step(shown: Shown, page: Page) -> None:
    try:
        runs.request_step(shown.folder)
        _await_state(shown, "pause")
    except (ValueError, OSError) as error:
        st.session_state[f"{page.prefix}_error"] = f"The run could not be reached: {error}"


def _change_speed(shown: Shown, page: Page) -> None:
    speed = st.session_state[f"{page.prefix}_speed"]
    if shown.id is not None and not shown.is_example:
        runs.request(shown.folder, speed=None if speed == "full" else float(speed))
