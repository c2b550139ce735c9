"""How a run stands: what its worker says and is asked, and what that means."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from cacr_core.runs import waiting
from cacr_core.runs.paths import home, is_saved, write_json
from cacr_core.runs.reading import read_json
from cacr_core.runs.schema import MOST_SENTENCE
from cacr_core.runs.schema import STATES as STATES

LOST_AFTER = 15.0  # seconds without a heartbeat, where the process cannot be asked
SILENT_AFTER = 2.5  # seconds without one, where the folder cannot be written
BORN_WITHIN = 3.0  # seconds between a folder's config and the first heartbeat or place in the queue
AHEAD = 3600.0  # seconds that the clock of another machine may be before this one's
LOADS_WITHIN = 120.0  # seconds a worker that is there may need until it beats itself
ACTIVE = ("waiting", "running", "paused")
STARTING = "The worker is starting."
_asking = threading.RLock()  # what two viewers of one server ask for at once is all kept


def heart(folder: Path) -> dict[str, Any]:
    """The last heartbeat of a run's worker, empty where there was none."""
    return read_json(home(folder) / "heartbeat.json")


def control(folder: Path) -> dict[str, Any]:
    """What viewers ask of the worker: wanted ("run", "pause", "stop"), speed, single steps."""
    asked = read_json(home(folder) / "control.json")
    return {"wanted": "run", "speed": None, "steps": 0} | asked


def request(folder: Path | str, **changes: Any) -> None:
    """Ask the worker for something; it looks before every update.

    A run that is asked to stop while it waits for a worker ends here: it has none to obey.

    Args:
        changes: wanted: "run", "pause" or "stop". speed: updates a second, None for full speed.
            steps: single updates asked for so far while paused.
    """
    place = home(Path(folder))
    with _asking:
        write_json(place / "control.json", control(place) | changes)
    if changes.get("wanted") == "stop" and waiting.leave(place):
        end(place, "stopped", "Stopped while it waited for its turn.")


def request_stop(folder: Path | str) -> None:
    """Ask a run to stop; it does within one update, and keeps its weights."""
    request(folder, wanted="stop")


def request_step(folder: Path | str) -> None:
    """Ask a paused run for one update and a snapshot of it."""
    with _asking:
        request(folder, wanted="pause", steps=control(Path(folder))["steps"] + 1)


def beat(folder: Path, state: str, pid: int | None = None, **more: Any) -> None:
    """Say that a process, this one if none is named, works on the run."""
    more["reason"] = bounded(more.get("reason", ""))
    write_json(folder / "heartbeat.json", sign_of_life(pid) | {"state": state} | more)


def sign_of_life(pid: int | None = None) -> dict[str, Any]:
    """By what `is_lost` judges a process, this one if none is named."""
    here = {"pid": pid or os.getpid(), "host": socket.gethostname()}
    return here | {"time": time.time(), "awake": time.monotonic()}


def end(folder: Path, state: str, reason: str) -> None:
    told = {"state": state, "reason": bounded(reason), "time": time.time()}
    write_json(folder / "end.json", told)


def bounded(sentence: str) -> str:
    """As long as the schema has it: what is longer would count as damaged and tell nothing."""
    return sentence if len(sentence) <= MOST_SENTENCE else f"{sentence[: MOST_SENTENCE - 1]}…"


def status(folder: Path | str) -> str:
    """waiting, running, paused, stopped, finished, failed or lost."""
    return status_and_reason(Path(folder))[0]


def status_and_reason(folder: Path) -> tuple[str, str]:
    """The state of a run and one sentence on it (empty while nothing needs saying)."""
    for ended in (read_json(folder / "end.json"), read_json(home(folder) / "end.json")):
        if ended:
            return ended["state"], str(ended.get("reason", ""))
    folder = home(folder)
    if (place := waiting.place(folder)) is not None:
        return "waiting", waiting.sentence(place)
    beat = heart(folder)
    if not beat:
        with contextlib.suppress(OSError):
            if time.time() - (folder / "config.json").stat().st_mtime < BORN_WITHIN:
                return "waiting", STARTING
        if not os.path.exists(folder / "config.json"):
            return "lost", f"{folder.name} holds no config.json, so it is no run."
        return "lost", "No worker ever took up this run; Resume starts it."
    reason, state = str(beat.get("reason", "")), str(beat["state"])
    here = beat.get("host") == socket.gethostname()
    age = age_of(beat, here)
    if here and age > SILENT_AFTER and not os.access(folder, os.W_OK):
        return "lost", (
            f"The run's folder cannot be written any more, and its worker stops; the last it could "
            f"tell was step {beat.get('step', 0)}. Make it writable; {_what_resume_does(folder)}."
        )
    if is_lost(beat):
        ago = f", {age:.0f} s ago" if age >= 0 else ""
        return "lost", (
            f"The worker died at step {beat.get('step', 0)}{ago}. What it wrote is kept; "
            f"{_what_resume_does(folder)}."
        )
    return state, reason


def _what_resume_does(folder: Path) -> str:
    does = "goes on from its last saved state" if is_saved(folder) else "starts it again"
    return f"Resume {does}"


def is_lost(beat: Mapping[str, Any]) -> bool:
    """Whether the process that gave a sign of life is dead, or silent for too long. One of a time
    that is far from coming is none."""
    here = beat.get("host") == socket.gethostname()
    patience = LOADS_WITHIN if here and beat.get("reason") == STARTING else LOST_AFTER
    is_dead = here and not is_alive(int(beat.get("pid", 0)))
    return is_dead or not -AHEAD <= age_of(beat, here) <= patience


def age_of(beat: Mapping[str, Any], here: bool) -> float:
    """Seconds since a heartbeat in which its process could have beaten again.

    Of this machine's own the hours asleep do not count (on Windows they do), nor a clock that was
    set: its process beats again within the second that it wakes.
    """
    awake = time.monotonic() - float(beat.get("awake", math.inf))
    if here and awake >= 0:  # below: it was started again since
        return awake
    return time.time() - float(beat["time"])


def is_alive(pid: int) -> bool:
    """Whether a process goes on."""
    if pid <= 0:
        return False
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False
