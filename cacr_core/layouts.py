"""Lays out the probes of a run, snapshot by snapshot, in a process of its own.

It follows a run's folder, lays out the newest snapshot and drops what it cannot keep up with; the
trainer never waits for it. A run that ended with many snapshots not laid out is gone over once
more, from its last snapshot back to its first, so that the whole film is one steady chain.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from cacr_core.projections import SteadyUMAP, trustworthiness, warm_up
from cacr_core.runs import folder as files

SPACES = ("embeddings", "features")
MOST_TARGETS = 4
IDLE = 0.05  # seconds between two looks when there is nothing to do
WHOLE_ENOUGH = 0.7  # share of an ended run's snapshots with a layout that is left as it is


def layout_path(folder: Path, space: str, step: int) -> Path:
    return folder / "layouts" / f"{space}-{step:08d}.npz"


def laid_out_steps(folder: Path, space: str) -> list[int]:
    """Steps that have a layout of this space, in order."""
    paths = (folder / "layouts").glob(f"{space}-*.npz")
    return sorted(int(p.stem.rpartition("-")[2]) for p in paths if not p.name.startswith("."))


def read_layout(folder: Path, space: str, step: int) -> tuple[np.ndarray, float]:
    """Positions `(probe, 2)` and trustworthiness of a layout.

    Raises:
        FileNotFoundError: It has not been made.
    """
    with np.load(layout_path(folder, space, step), allow_pickle=False) as stored:
        return stored["xy"].astype(np.float32), float(stored["trust"])


class Target:
    """A run and a space to lay out; each call of `advance` makes one layout if one is wanted."""

    def __init__(self, folder: Path, space: str) -> None:
        self.folder, self.space = folder, space
        self._project = SteadyUMAP()
        done = laid_out_steps(folder, space)
        self._last = done[-1] if done else -1
        self._replay: Iterator[None] | None = None

    def advance(self) -> bool:
        """Whether there was something to do."""
        steps = files.snapshot_steps(self.folder)
        if not steps:
            return False
        if files.status(self.folder) in files.ACTIVE:
            if steps[-1] <= self._last:
                return False
            self._lay_out(self._project, steps[-1])
            self._last = steps[-1]
            return True
        if self._replay is None:
            done = set(laid_out_steps(self.folder, self.space))
            whole = len(done & set(steps)) >= WHOLE_ENOUGH * len(steps) and steps[-1] in done
            self._replay = iter(()) if whole else self._whole_film(steps)
        return next(self._replay, self) is None

    def _whole_film(self, steps: list[int]) -> Iterator[None]:
        project = SteadyUMAP()
        for step in reversed(steps):
            self._lay_out(project, step)
            yield None

    def _lay_out(self, project: SteadyUMAP, step: int) -> None:
        with contextlib.suppress(FileNotFoundError):  # thinned out meanwhile
            embeddings, features = files.read_arrays(self.folder, step)
            x = embeddings[0] if self.space == "embeddings" else features
            if x is None:
                return
            xy = project.layout(x)
            buffer = io.BytesIO()
            np.savez(buffer, xy=xy, trust=np.float32(trustworthiness(x, xy)), method="umap")
            files.write_bytes(layout_path(self.folder, self.space, step), buffer.getvalue())


def lay_out_run(folder: Path, space: str = "embeddings") -> None:
    """Make the layouts of an ended run, all of them."""
    target = Target(folder, space)
    while target.advance():
        pass


def follow(lines: IO[str]) -> None:
    """Lay out the runs named on lines of input (`{"folder", "space"}`), the last named first.

    Ends when the input does.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    named: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        for line in lines:
            named.put(line)
        named.put(None)

    threading.Thread(target=listen, daemon=True).start()
    warm_up()
    targets: dict[tuple[Path, str], Target] = {}
    while True:
        with contextlib.suppress(queue.Empty):
            while True:
                line = named.get_nowait()
                if line is None:
                    return
                asked = json.loads(line)
                key = (Path(asked["folder"]), str(asked["space"]))
                targets[key] = targets.pop(key, None) or Target(*key)
                for old in list(targets)[:-MOST_TARGETS]:
                    del targets[old]
        for key in reversed(list(targets)):
            try:
                if targets[key].advance():
                    break
            except (OSError, ValueError):  # a folder deleted or unreadable: leave it alone
                del targets[key]
                break
        else:
            time.sleep(IDLE)
