"""The run's buttons: Start, Pause, Resume, Step, Stop, Reset and the speed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import streamlit as st

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from web.controls.state import SPEEDS, Shown, address_module, all_presets, chosen_settings
from web.fields import LOSS_TITLES


def run_buttons(shown: Shown) -> None:
    """Start, Pause, Resume, Step, Stop and Reset, each enabled where it can act."""
    own = shown.id is not None and not shown.is_example
    state = shown.state if own else None
    fresh = state == "paused" and shown.step == 0
    problem = _problem()
    st.button(
        "Start",
        type="primary",
        width="stretch",
        disabled=(state in files.ACTIVE and not fresh) or problem is not None,
        on_click=_start,
        args=(shown,),
        help="Train with the settings below; the page shows it live.",
    )
    left, right = st.columns(2, gap="small")
    left.button(
        "Pause",
        width="stretch",
        disabled=state not in ("running", "waiting"),
        on_click=_request,
        args=(shown,),
        kwargs={"wanted": "pause"},
    )
    right.button(
        "Resume",
        width="stretch",
        disabled=state not in ("paused", "stopped", "lost"),
        on_click=_resume,
        args=(shown,),
    )
    left.button(
        "Step",
        width="stretch",
        disabled=state not in ("paused", "running"),
        on_click=_step,
        args=(shown,),
        help="One update, then wait.",
    )
    right.button(
        "Stop",
        width="stretch",
        disabled=state not in files.ACTIVE,
        on_click=_request,
        args=(shown,),
        kwargs={"wanted": "stop"},
    )
    left.button(
        "Reset",
        width="stretch",
        disabled=not own or problem is not None,
        on_click=_reset,
        args=(shown,),
        help="Step 0 again with the same first weights and the settings below, waiting.",
    )
    right.selectbox(
        "Speed",
        list(SPEEDS),
        format_func=SPEEDS.get,
        key="live_speed",
        on_change=_change_speed,
        args=(shown,),
        label_visibility="collapsed",
    )
    for sentence in st.session_state.get("live_ignored", []):
        st.warning(sentence, icon=":material/link_off:")
    if message := st.session_state.pop("live_error", None):
        st.error(message, icon=":material/error:")
    if problem:
        st.error(problem, icon=":material/error:")


def _problem() -> str | None:
    """Why the settings cannot be trained with, in one sentence."""
    try:
        address_module().config_of(chosen_settings())
    except ValueError as error:
        return str(error)
    return None


def _start(shown: Shown, paused: bool = False) -> None:
    if st.session_state.get("live_run", shown.id) != shown.id:
        return  # a second click, on a page that had not yet heard of the first
    settings = chosen_settings()
    try:
        config = address_module().config_of(settings)
        if not shown.is_example and shown.state in files.ACTIVE:
            _request(shown, wanted="stop")
        title = f"{LOSS_TITLES[settings['loss']]} on {Path(settings['dataset']).name}"
        preset = all_presets()[st.session_state["live_preset"]]
        if preset.config.loss == config.loss:
            title = f"{preset.title}, {Path(settings['dataset']).name}"
        run_id = shelf.new_id(settings["loss"], settings["dataset"])
        folder = shelf.runs_folder() / run_id
        runs.start(config, folder, title, paused=paused)
        _change_speed(Shown(run_id, False, None, "", 0, ""))
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = f"The run could not be started: {error}"
        return
    st.session_state["live_run"] = run_id
    st.session_state["live_ignored"] = []


def _reset(shown: Shown) -> None:
    _start(shown, paused=True)


def _request(shown: Shown, **changes: Any) -> None:
    try:
        runs.request(shown.folder, **changes)
        _await_state(shown, changes["wanted"])
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = f"The run could not be reached: {error}"


def _await_state(shown: Shown, wanted: str) -> None:
    """Wait a moment for the worker to obey, so that the buttons show the new state at once."""
    until = {"pause": ("paused",), "run": ("running",), "stop": ("stopped", "finished", "failed")}
    for _ in range(20):
        if files.status(shown.folder) in until[wanted]:
            return
        time.sleep(0.02)


def _resume(shown: Shown) -> None:
    try:
        if shown.state == "paused":
            runs.request(shown.folder, wanted="run")
            _await_state(shown, "run")
        else:
            runs.resume(shown.folder)
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = f"The run could not be resumed: {error}"


def _step(shown: Shown) -> None:
    try:
        runs.request_step(shown.folder)
        _await_state(shown, "pause")
    except (ValueError, OSError) as error:
        st.session_state["live_error"] = f"The run could not be reached: {error}"


def _change_speed(shown: Shown) -> None:
    speed = st.session_state["live_speed"]
    if shown.id is not None and not shown.is_example:
        runs.request(shown.folder, speed=None if speed == "full" else float(speed))
