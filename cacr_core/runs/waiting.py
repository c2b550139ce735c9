"""Runs that wait for a worker: a mark for each in the shelf's folder `.queue`, oldest first.

A run that waits is a folder and no process. Whoever removes its mark has taken it up: a file can be
removed only once, by whatever process is first.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Literal, NamedTuple

from cacr_core.runs.paths import home

FOLDER = ".queue"
QUEUED = "Waiting for another run to end or pause."
Job = Literal["train", "repeat"]
JOBS: tuple[Job, ...] = ("train", "repeat")  # what is trained in the background comes last


class Place(NamedTuple):
    """Where a run stands in the queue, counted from 1, of how many."""

    number: int
    of: int


def _mark(folder: Path, job: Job) -> Path:
    return folder.parent / FOLDER / f"{folder.name}.{job}"


def join(folder: Path, job: Job = "train") -> None:
    """Put a run last in the queue of its shelf; one that waits already keeps its place."""
    mark = _mark(folder, job)
    mark.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY))


def go_first(folder: Path, job: Job = "train") -> None:
    """Put a run that waits before all others; one that has been taken up meanwhile is left."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(_mark(folder, job), ns=(0, 0))


def leave(folder: Path, job: Job = "train") -> bool:
    """Take a run out of the queue; True for the one process that did."""
    try:
        _mark(folder, job).unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def waits(folder: Path, job: Job = "train") -> bool:
    """Whether it waits for this in the queue of its shelf."""
    return _mark(folder, job).exists()


def queue(shelf: Path, job: Job = "train") -> list[Path]:
    """The folders that wait for this on a shelf, in the order they came."""
    found = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for mark in os.scandir(shelf / FOLDER):
            if mark.name.endswith(f".{job}"):
                with contextlib.suppress(FileNotFoundError):
                    found.append((mark.stat().st_mtime_ns, mark.name.removesuffix(f".{job}")))
    return [shelf / name for _, name in sorted(found)]


def place(folder: Path) -> Place | None:
    """Where a run stands in the queue; None where it does not wait in it."""
    folder = home(folder)
    if not waits(folder):
        return None
    others = queue(folder.parent)
    return Place(others.index(folder) + 1, len(others)) if folder in others else None


def sentence(place: Place) -> str:
    """What a person is told who waits."""
    if place.of == 1:
        return QUEUED
    number = "next" if place.number == 1 else f"number {place.number}"
    return f"{QUEUED.removesuffix('.')}: {number} of {place.of} in the queue."
