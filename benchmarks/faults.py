"""Kills a worker at many random moments, again and again: what is left, and how soon it is told.

    python -m benchmarks.faults [MOMENTS]

Every other kill comes at a random time after the start, also before the first heartbeat, the rest
while the run trains. After each, every
snapshot and row must be readable, the run must be told lost within `TOLD_WITHIN`, and it is gone on
with, so that the next kill finds a run with a state to lose.
"""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import launch, reading
from cacr_core.training import TrainConfig

TOLD_WITHIN = 3.0  # seconds
MOMENTS = 100
LATEST = 8.0  # seconds after the start that a kill comes at
LONG = TrainConfig(
    dataset="digits", batch_size=16, n_steps=1_000_000, snapshot_every=3, n_probes=32
)


def main(n_moments: int = MOMENTS) -> int:
    rng = random.Random(0)
    waits: list[float] = []
    bad: list[str] = []
    with tempfile.TemporaryDirectory() as shelf:
        folder = runs.start(LONG, Path(shelf) / "run")
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
            waits.append(_until_told(folder))
            bad += [f"kill {moment}: {fault}" for fault in _faults(folder, kept)]
            kept = max(files.snapshot_steps(folder), default=0)
            runs.resume(folder)
        runs.request_stop(folder)
        while files.status(folder) in files.ACTIVE:
            time.sleep(0.1)
        other = runs.start(dataclasses.replace(LONG, n_steps=3), Path(shelf) / "other")
        while files.status(other) in files.ACTIVE:
            time.sleep(0.1)
        if files.status(other) != "finished":
            bad.append(f"the next run on the shelf: {files.status_and_reason(other)}")
        launch.end_workers()
    print(f"{len(waits)} kills, {kept} steps; told after {max(waits):.2f} s at most")
    print("\n".join(bad) or "nothing was lost")
    return int(bool(bad) or max(waits) > TOLD_WITHIN)


def _await_progress(folder: Path, kept: int) -> None:
    until = time.monotonic() + 60
    while max(files.snapshot_steps(folder), default=0) <= kept and time.monotonic() < until:
        time.sleep(0.02)


def _until_told(folder: Path) -> float:
    began = time.monotonic()
    while files.status(folder) != "lost" and time.monotonic() - began < 10 * TOLD_WITHIN:
        time.sleep(0.01)
    return time.monotonic() - began


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


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
