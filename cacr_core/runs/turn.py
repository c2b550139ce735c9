"""When a worker may work, and how fast: queue and pace."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from pathlib import Path

from filelock import BaseFileLock

from cacr_core.runs import folder as files
from cacr_core.runs import seeds, waiting
from cacr_core.runs.locks import taken
from cacr_core.runs.pulse import Pulse
from cacr_core.runs.waiting import QUEUED as QUEUED

RESERVED = 64 * 1024  # bytes
AT_WORK = ("waiting", "running")


class Stopped(Exception):
    """Asked to stop before there was anything to stop."""


class Reserve:
    """A little of the disk that a run keeps for saying how it ended where the disk is full."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".reserve"

    def __enter__(self) -> Reserve:
        with contextlib.suppress(OSError):
            self.path.write_bytes(os.urandom(RESERVED))
        return self

    def __exit__(self, *error: object) -> None:
        self.free()

    def free(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


class Turn:
    """The shelf's lock: one run trains at a time, and who has waited longest goes first.

    A paused run gives its turn up; a killed one loses it.
    """

    def __init__(self, folder: Path, pulse: Pulse, queue: bool) -> None:
        self.folder, self.pulse, self.queue = folder, pulse, queue
        self.lock: BaseFileLock | None = None

    def __enter__(self) -> Turn:
        return self

    def __exit__(self, *error: object) -> None:
        self.give_up()

    def take(self) -> None:
        """Wait for the turn. Raises Stopped when asked to stop meanwhile."""
        if not self.queue or self.lock is not None:
            return
        while True:
            if files.control(self.folder)["wanted"] == "stop":
                raise Stopped
            if not _is_behind(self.folder):
                self.lock = taken(self.folder.parent / ".turn")
                if self.lock is not None:
                    return
            self.pulse.say("waiting", QUEUED)
            time.sleep(0.1)

    def give_up(self) -> None:
        if self.lock is not None:
            self.lock.release()
            self.lock = None


def _is_behind(folder: Path) -> bool:
    own = (folder / "config.json").stat().st_mtime
    for other in folder.parent.glob("*/heartbeat.json"):
        beat = files.read_json(other)
        if other.parent != folder and beat.get("reason") == QUEUED:
            older = (other.parent / "config.json").stat().st_mtime < own
            if older and files.status(other.parent) == "waiting":
                return True
    return False


def next_that_waits(shelf: Path) -> tuple[Path, waiting.Job] | None:
    """Take the next out of a shelf's queue; None while another is at work, or none waits.

    A run that is paused is not at work, and neither are repeats when a run waits: they give way.
    """
    for job in waiting.JOBS:
        for folder in waiting.queue(shelf, job):
            if not (folder / "config.json").exists():  # deleted meanwhile
                waiting.leave(folder, job)
            elif is_at_work(shelf, with_repeats=job == "repeat"):
                return None
            elif waiting.leave(folder, job):
                return folder, job
    return None


def is_at_work(shelf: Path, with_repeats: bool) -> bool:
    """Whether a process trains a run of a shelf or will at once, or one repeats a comparison."""
    for path in shelf.glob("*/heartbeat.json"):
        if waiting.place(path.parent) is None and files.status(path.parent) in AT_WORK:
            return True
    if not with_repeats:
        return False
    repeated = (path.parent for path in shelf.glob("*/seeds.json"))
    return any(
        seeds.is_at_work_here(folder) and not waiting.waits(folder, "repeat") for folder in repeated
    )


class Pace:
    """When the next update may come, and how fast they have come of late."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.times: deque[float] = deque([time.monotonic()], maxlen=50)

    def is_time(self, per_second: float | None) -> bool:
        return not per_second or time.monotonic() - self.times[-1] >= 1 / per_second

    def tick(self) -> None:
        self.times.append(time.monotonic())

    def speed(self) -> float:
        if len(self.times) < 2:
            return 0.0
        return (len(self.times) - 1) / max(1e-9, self.times[-1] - self.times[0])
