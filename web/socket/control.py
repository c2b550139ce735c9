"""Pause, Resume, Step and Stop, asked for over the socket by whoever watches the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import launch, shelf
from web.shell import roles

# what may be asked for, and of a run in which state
ACTS = {
    "pause": ("waiting", "running"),
    "resume": ("paused", *launch.RESUMABLE),
    "step": ("paused", "running"),
    "stop": files.ACTIVE,
}


def obey(message: dict[str, Any], folder: Path, person: roles.Person) -> None:
    """Ask the run's worker for what a viewer wants of it.

    Args:
        message: `act`, and `run`, the id of the run it is meant for.
        folder: Of the run that the viewer watches.
        person: Who asks.

    Raises:
        ValueError: There is no such act, it is meant for another run, it cannot be done now, the
            run belongs to somebody else, or they may not let runs train, or none like it.
    """
    act = str(message.get("act"))
    if act not in ACTS:
        raise ValueError(f"act is one of {', '.join(ACTS)}, got {act[:40]!r}.")
    if message.get("run") != shelf.id_of(folder):
        raise ValueError(f"{shelf.id_of(folder)} is watched; watch a run to {act} it.")
    if shelf.is_recorded(folder):
        raise ValueError(f"This run is recorded: there is nothing to {act}. Start one of your own.")
    roles.check_own(folder, person)
    state = files.status(folder)
    trains = act == "resume" or (act == "step" and state == "paused")
    if trains and (sentence := roles.refusal("start", person)):
        raise ValueError(sentence)
    if state not in ACTS[act]:
        raise ValueError(f"A run that is {state} cannot {act}; it takes one that is {_or(act)}.")
    if act == "resume" and state != "paused":
        roles.check_again(folder, person)
        runs.resume(folder)
    elif act == "step":
        runs.request_step(folder)
    else:
        runs.request(folder, wanted={"pause": "pause", "resume": "run", "stop": "stop"}[act])


def _or(act: str) -> str:
    *most, last = ACTS[act]
    return f"{', '.join(most)} or {last}"
