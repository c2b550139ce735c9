"""What breaks while a run trains, again and again: what is left of it, and how soon it is told.

    python -m benchmarks.faults [--moments 100] [NAMES]

Names: killed, restarted, full, readonly; all of them where none is named.

killed     a worker, at many random moments: every other at a random time after the start, also
           before the first heartbeat, the rest while the run trains
restarted  the server, by a kill, and started again while its run trains
full       the disk, a small one of its own (needs the right to mount one)
readonly   the run's folder, made immutable (needs chattr, and the right to)

After each, every snapshot and row must be readable and at most one snapshot be lost, the state be
told within `TOLD_WITHIN`, the run be gone on with where it has ended, and another run of the shelf
be trained.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.timing import ended_whole
from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import launch, reading, shelf, standing, waiting
from cacr_core.training import TrainConfig

TOLD_WITHIN = 3.0  # seconds
MOMENTS = 100
LATEST = 8.0  # seconds after the start that a kill comes at
PATIENCE = 120.0  # seconds for a worker to load torch on a busy machine
DISK = "64m"
LONG = TrainConfig(
    dataset="digits", batch_size=16, n_steps=1_000_000, snapshot_every=3, n_probes=32
)


class Found(NamedTuple):
    """What came of a fault: in words, the longest time until it was told, and what is bad."""

    words: str
    told: float
    bad: list[str]


def killed(place: Path, n_moments: int) -> Found:
    rng = random.Random(0)
    waits: list[float] = []
    bad: list[str] = []
    folder = runs.start(LONG, place / "run")
    kept = 0
    for moment in range(n_moments):
        if moment % 2:
            _await_progress(folder, kept)
            time.sleep(rng.uniform(0, 2.0))
        else:
            time.sleep(rng.uniform(0, LATEST))
        pid = files.heart(folder).get("pid")
        if pid is None:  # between two lives
            continue
        os.kill(int(pid), signal.SIGKILL)
        waits.append(_until(lambda: files.status(folder) == "lost"))
        bad += [f"kill {moment}: {fault}" for fault in _faults(folder, kept)]
        kept = max(files.snapshot_steps(folder), default=0)
        runs.resume(folder)
    bad += _ended(folder)
    bad += _next_is_trained(place)
    return Found(f"{len(waits)} kills, {kept} steps", max(waits), bad)


def restarted(place: Path, _: int) -> Found:
    """The worker belongs to the run, not to the server, and goes on; the next server knows it."""
    from tests.browser.conftest import Server

    folder = place / "run"
    launch.write_config(LONG, folder)
    waiting.join(folder)  # the server finds it waiting, and trains it
    server = Server(place)
    bad: list[str] = []
    try:
        _await_progress(folder, 0)
        pid = files.heart(folder)["pid"]
        server.process.kill()
        server.process.wait()
        kept = max(files.snapshot_steps(folder))
        server.start()
        told = _until(lambda: files.status(folder) == "running")
        _await_progress(folder, kept)
        if files.heart(folder)["pid"] != pid:
            bad.append("another worker has taken over")
        bad += _faults(folder, kept) + _ended(folder)
        other = place / "other"
        launch.write_config(dataclasses.replace(LONG, n_steps=3), other)
        waiting.join(other)
        _until(lambda: files.status(other) == "finished", PATIENCE)
        if files.status(other) != "finished":
            bad.append(f"the next run of the shelf: {files.status_and_reason(other)}")
    finally:
        server.close()
    return Found(f"a server killed at step {kept}", told, bad)


def full(place: Path, _: int) -> Found:
    with _disk(place):
        folder = runs.start(LONG, place / "run")
        _await_progress(folder, 0)
        room = os.statvfs(place)
        filler = place / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(os.urandom(4096)):
                pass
        return _broken_off(
            place, folder, f"{room.f_blocks * room.f_frsize >> 20} MB full", filler.unlink
        )


def readonly(place: Path, _: int) -> Found:
    folder = runs.start(LONG, place / "run")
    _await_progress(folder, 0)
    subprocess.run(["chattr", "-R", "+i", folder], check=True, stderr=subprocess.DEVNULL)
    writable = ["chattr", "-R", "-i", str(folder)]
    try:
        return _broken_off(place, folder, "read-only", lambda: subprocess.run(writable, check=True))
    finally:
        subprocess.run(writable, check=True)


def _broken_off(place: Path, folder: Path, words: str, mend: Callable[[], object]) -> Found:
    """A run whose folder cannot be written: told, readable, and gone on with once it can be."""
    kept = max(files.snapshot_steps(folder), default=0)
    told = _until(lambda: files.status(folder) not in files.ACTIVE)
    bad = _faults(folder, kept)
    state, reason = files.status_and_reason(folder)
    if len(shelf_of(place)) != 1:
        bad.append("the shelf cannot be listed")
    mend()
    _until(lambda: files.status(folder) in launch.RESUMABLE, 2 * standing.LOST_AFTER)
    try:
        runs.resume(folder)
        _await_progress(folder, kept + 3)
    except ValueError as error:
        bad.append(f"it cannot be gone on with: {error}")
    bad += _faults(folder, kept) + _ended(folder) + _next_is_trained(place)
    return Found(f"{words} at step {kept}: {state}, {reason!r}", told, bad)


def shelf_of(place: Path) -> list[shelf.RunInfo]:
    os.environ["CACR_RUNS"] = str(place)
    return shelf.list_runs()


@contextlib.contextmanager
def _disk(place: Path) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", place], check=True)
    try:
        yield
    finally:
        launch.end_workers()
        subprocess.run(["umount", "-l", place], check=True)


def _await_progress(folder: Path, kept: int) -> None:
    _until(lambda: max(files.snapshot_steps(folder), default=0) > kept, PATIENCE)


def _until(condition: Callable[[], bool], patience: float = 10 * TOLD_WITHIN) -> float:
    began = time.monotonic()
    while not condition() and time.monotonic() - began < patience:
        time.sleep(0.01)
    return time.monotonic() - began


def _ended(folder: Path) -> list[str]:
    runs.request_stop(folder)
    _until(lambda: files.status(folder) not in files.ACTIVE, PATIENCE)
    state, reason = files.status_and_reason(folder)
    return [] if state == "stopped" else [f"it was to stop and is {state}: {reason}"]


def _next_is_trained(place: Path) -> list[str]:
    other = runs.start(dataclasses.replace(LONG, n_steps=3), place / "other")
    _until(lambda: files.status(other) not in files.ACTIVE, PATIENCE)
    told = files.status_and_reason(other)
    return [] if told[0] == "finished" else [f"the next run of the shelf: {told}"]


def _faults(folder: Path, kept: int) -> list[str]:
    """What of a run cannot be read, or was there before and is not now."""
    steps = files.snapshot_steps(folder)
    readable = [snapshot.step for snapshot in runs.read_snapshots(folder)]
    rows = {row["step"] for row in runs.read_metrics(folder)}
    found = reading.damage(folder)
    if readable != steps:
        found.append(f"snapshots {sorted(set(steps) - set(readable))} cannot be read")
    if len(set(steps) - rows) > 1:
        found.append(f"snapshots {sorted(set(steps) - rows)} have no numbers")
    if steps and steps[-1] < kept:
        found.append(f"step {kept} was there before")
    return found


FAULTS: dict[str, Callable[[Path, int], Found]] = {
    "killed": killed,
    "restarted": restarted,
    "full": full,
    "readonly": readonly,
}


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--moments", type=int, default=MOMENTS)
    options = parser.parse_args(words)
    if unknown := [name for name in options.names if name not in FAULTS]:
        parser.error(f"There is no fault {unknown[0]!r}. Choose from {', '.join(FAULTS)}.")
    n_bad = 0
    for name in options.names or FAULTS:
        with tempfile.TemporaryDirectory() as place:
            try:
                found = FAULTS[name](Path(place), options.moments)
            finally:
                for config in Path(place).glob("*/config.json"):
                    runs.request_stop(config.parent)
                launch.end_workers()
        print(f"{name}: {found.words}; told after {found.told:.2f} s at most")
        print("\n".join(f"  {fault}" for fault in found.bad) or "  nothing was lost", flush=True)
        n_bad += bool(found.bad) or found.told > TOLD_WITHIN
    return int(n_bad > 0)


if __name__ == "__main__":
    sys.exit(ended_whole(lambda: main(sys.argv[1:])))
