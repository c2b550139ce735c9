"""What the bar below the view asks of the page: Start, Reset and the speed; for any page.

These need the settings beside the view. Pause, Resume, Step and Stop need none: the browser asks
for them over the socket (`web/socket/control.py`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import streamlit as st

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import limits, shelf, waiting
from web.shell import roles
from web.shell.images import check_images
from web.shell.plain import plain
from web.shell.session import SPEEDS, Shown, show

OBEYED_WITHIN = 0.4  # seconds in which a worker stops, so that it is free for the next run
REFUSED = {
    "start": "The run could not be started",
    "reset": "The run could not be set back",
    "speed": "The speed could not be changed",
}


class Plan(NamedTuple):
    """What Start would train: a config or a comparison, its id and its title."""

    config: Any
    id: str
    title: str


class Page(NamedTuple):
    """What the bar must know of the page it stands on.

    Attributes:
        prefix: Of the page's keys in `st.session_state`; the key of its view, too.
        read: Takes the settings from the address, if that has not been done.
        shown: What the page shows now.
        plan: What the chosen settings make; raises ValueError when they make nothing.
        help: One sentence on what Start does.
    """

    prefix: str
    read: Callable[[], None]
    shown: Callable[[], Shown]
    plan: Callable[[], Plan]
    help: str


def bar(page: Page) -> dict[str, Any]:
    """What the bar is told: `help`, `speeds`, `speed`, and why its settings cannot be trained with.

    `problem` is None while the settings have not been read; `token` is what the browser shows the
    socket with what it asks of the run (`roles.of_token`); `onlooker`, that no settings would help;
    `theirs`, why the run shown cannot be changed.
    """
    is_read = f"{page.prefix}_view" in st.session_state
    return {
        "help": page.help,
        "speeds": list(SPEEDS.items()),
        "speed": _speed(page),
        "problem": _problem(page) if is_read else None,
        "token": roles.my_token(),
        "onlooker": bool(roles.refusal("start")),
        "theirs": _theirs(page),
    }


def _speed(page: Page) -> str:
    """How fast the run shown goes while it is at work, else how fast the next one will."""
    shown = page.shown()
    if shown.id is not None and _is_at_work(shown):
        asked = files.control(shown.folder)["speed"]
        return "full" if asked is None else f"{asked:g}"
    return str(st.session_state.get(f"{page.prefix}_speed", "full"))


def _theirs(page: Page) -> str:
    if roles.me().is_owner:
        return ""
    shown = page.shown()
    return "" if shown.id is None or shown.is_example else roles.not_yours(shown.folder)


def refusal(prefix: str) -> str:
    """Why what the bar last asked for was not done; said once."""
    return str(st.session_state.pop(f"{prefix}_refused", ""))


def complaints(page: Page) -> None:
    """What is wrong with the link and with the settings, beside the widgets to mend it with."""
    for sentence in st.session_state.get(f"{page.prefix}_ignored", []):
        st.warning(plain(sentence), icon=":material/link_off:")
    if message := st.session_state.pop(f"{page.prefix}_error", None):
        st.error(plain(message), icon=":material/error:")
    if sentence := roles.refusal("start"):
        st.caption(sentence)
    elif problem := _problem(page):
        st.error(plain(problem), icon=":material/error:")


def obey(page: Page) -> None:
    """Do what the bar asks for: a callback of the view.

    It asks for an act and names the run it stands below: a second click, on a page that has not
    yet heard of the first, is about a run that is no longer shown.
    """
    asked = getattr(st.session_state.get(page.prefix), "transport", None)
    acts = {"start": _start, "reset": _reset, "speed": _change_speed}
    if not isinstance(asked, Mapping) or (name := str(asked.get("act"))) not in acts:
        return
    page.read()
    shown = page.shown()
    if asked.get("run") != shown.id:
        return
    try:
        acts[name](shown, page, asked)
    except (ValueError, OSError) as error:
        _refuse(page, name, error)


def _refuse(page: Page, act: str, error: Exception) -> None:
    st.session_state[f"{page.prefix}_refused"] = f"{REFUSED[act]}: {error}"


def _problem(page: Page) -> str:
    """Why the settings cannot be trained with, in one sentence; empty when they can."""
    try:
        _plan(page)
    except ValueError as error:
        return str(error)
    return ""


def _plan(page: Page) -> Plan:
    """What Start would train, if who runs the script may start it.

    Raises:
        ValueError: They may not, or the settings make nothing or name images they may not read.
    """
    roles.check("start")
    plan = page.plan()
    check_images(plan.config)
    return plan


def _start(shown: Shown, page: Page, asked: Mapping[str, Any], paused: bool = False) -> None:
    is_busy = _is_at_work(shown) and not roles.not_yours(shown.folder)  # another's goes on
    is_fresh = shown.state == "paused" and shown.step == 0
    if is_busy and not paused and not is_fresh:
        raise ValueError("the one shown is still at work. Stop it first.")
    plan = _plan(page)
    roles.check_run(plan.config, instead_of=shown.folder if is_busy else None)
    if is_busy:  # it goes on where nothing would take its place
        _check_room(plan, shown)
        _stop(shown)
    folder = runs.start(plan.config, shelf.runs_folder() / plan.id, plan.title, paused=paused)
    roles.claim(folder)
    if roles.is_class() and roles.me().is_owner:
        waiting.go_first(folder)  # a class waits for its teacher's run, not for its own
    show(page.prefix, plan.id)
    st.session_state[f"{page.prefix}_ignored"] = []
    try:
        _set_speed(folder, page)
    except OSError as error:  # it has been started all the same
        _refuse(page, "speed", error)


def _reset(shown: Shown, page: Page, asked: Mapping[str, Any]) -> None:
    if shown.id is None or shown.is_example:
        raise ValueError("there is none of your own. Press Start.")
    roles.check_own(shown.folder)
    _start(shown, page, asked, paused=True)


def _change_speed(shown: Shown, page: Page, asked: Mapping[str, Any]) -> None:
    speed = str(asked.get("speed"))
    if speed not in SPEEDS:
        return
    is_one = shown.id is not None and not shown.is_example
    if is_one and _is_at_work(shown):
        roles.check_own(shown.folder)
    st.session_state[f"{page.prefix}_speed"] = speed
    if is_one and not roles.not_yours(shown.folder):
        _set_speed(shown.folder, page)


def _set_speed(folder: Any, page: Page) -> None:
    speed = st.session_state[f"{page.prefix}_speed"]
    runs.request(folder, speed=None if speed == "full" else float(speed))


def _is_at_work(shown: Shown) -> bool:
    return not shown.is_example and shown.state in files.ACTIVE


def _check_room(plan: Plan, shown: Shown) -> None:
    """Refuse what `runs.start` would, before the run shown makes way for it."""
    limits.check_config(json.loads(plan.config.to_json()))
    if waiting.place(shown.folder) is None:  # else its own place in the queue is free then
        limits.check_queue(shelf.runs_folder())
    limits.check_room(shelf.runs_folder())


def _stop(shown: Shown) -> None:
    runs.request_stop(shown.folder)
    until = time.monotonic() + OBEYED_WITHIN
    while files.status(shown.folder) in files.ACTIVE and time.monotonic() < until:
        time.sleep(0.02)
