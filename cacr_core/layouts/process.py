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
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from cacr_core.layouts import (
    SteadyUMAP,
    procrustes,
    trustworthiness,
    warm_up,
)
from cacr_core.runs import folder as files
from cacr_core.runs.arrays import read_npz

SPACES = ("embeddings", "features")
MOST_TARGETS = 4
IDLE = 0.05  # seconds between two looks when there is nothing to do
WHOLE_ENOUGH = 0.7  # share of an ended run's snapshots with a layout that is left as it is


def layout_path(folder: Path, space: str, step: int) -> Path:
    return folder / "layouts" / f"{space}-{step:08d}.npz"


def laid_out_steps(folder: Path, space: str) -> list[int]:
    """Steps that have a layout of this space, in order."""
    try:
        names = os.listdir(folder / "layouts")
    except (FileNotFoundError, NotADirectoryError):
        return []
    known = re.compile(rf"{space}-(\d{{8}})\.npz")
    return sorted(int(found[1]) for found in map(known.fullmatch, names) if found)


def read_layout(folder: Path, space: str, step: int) -> tuple[np.ndarray, float]:
    """Positions `(probe, 2)` and trustworthiness of a layout.

    Raises:
        FileNotFoundError: It has not been made.
        ValueError: It is damaged.
    """
    path = layout_path(folder, space, step)
    stored = read_npz(path, ("xy", "trust"))
    xy, trust = stored.get("xy"), stored.get("trust")
    if xy is None or trust is None or xy.ndim != 2 or xy.shape[1] != 2 or trust.size != 1:
        raise ValueError(f"{path.name} is damaged: it holds no places of a plane.")
    if not np.isfinite(xy).all():
        raise ValueError(f"{path.name} is damaged: it holds places that are nowhere.")
    return xy.astype(np.float32), float(trust)


class Target:
    """A run, or all entries of a comparison, and a space to lay out.

    Each call of `advance` makes one layout if one is wanted. The entries of a comparison start
    from one layout, as their embeddings at step 0 are equal, and each later one is turned to lie
    nearest to the mean of where the entries stood last, so that they stay comparable.
    """

    def __init__(self, folder: Path, space: str) -> None:
        self.folder, self.space = folder, space
        entries = files.entry_folders(folder)
        self.chains = [_Chain(entry, space) for entry in entries or [folder]]
        self._is_comparison = bool(entries)
        # checkpoints paired on the same images do not start alike, as trained entries do
        self._is_frozen = bool(files.read_json(folder / "run.json").get("frozen"))
        self._replay: Iterator[None] | None = None

    def advance(self) -> bool:
        """Whether there was something to do."""
        if files.status(self.folder) in files.ACTIVE:
            laggard = min(self.chains, key=lambda chain: chain.last)
            for chain in (laggard, *self.chains):
                steps = files.snapshot_steps(chain.folder)
                if steps and steps[-1] > chain.last:
                    first = self._is_comparison and chain.last < 0
                    self._lay_out(chain, steps[0] if first else steps[-1])
                    return True
            return False
        if self._replay is None:
            whole = all(chain.is_whole() for chain in self.chains)
            self._replay = iter(()) if whole else self._whole_film()
        return next(self._replay, self) is None

    def _whole_film(self) -> Iterator[None]:
        for chain in self.chains:
            chain.begin_anew()
        film = [
            (step, chain) for chain in self.chains for step in files.snapshot_steps(chain.folder)
        ]
        # a single run from its last snapshot back; paired ones from what they share
        film.sort(key=lambda part: part[0], reverse=not self._is_comparison)
        for step, chain in film:
            self._lay_out(chain, step)
            yield None

    def _lay_out(self, chain: _Chain, step: int) -> None:
        stood = [c.xy for c in self.chains if c.xy is not None]
        reference = np.mean(stood, axis=0) if self._is_comparison and stood else None
        begins_alike = chain.xy is None and not self._is_frozen
        chain.lay_out(step, None if begins_alike else reference)


class _Chain:
    """The layouts of one run, each made from the one before it.

    Attributes:
        last: The newest step laid out, -1 before any.
        xy: `(probe, 2)`, where the probes stood last.
    """

    def __init__(self, folder: Path, space: str) -> None:
        self.folder, self.space = folder, space
        self.begin_anew()
        done = laid_out_steps(folder, space)
        self.last = done[-1] if done else -1

    def begin_anew(self) -> None:
        self.last = -1
        self.xy: np.ndarray | None = None
        self._project = SteadyUMAP()

    def is_whole(self) -> bool:
        steps = files.snapshot_steps(self.folder)
        done = [s for s in laid_out_steps(self.folder, self.space) if self._is_laid_out(s)]
        known = len(set(done) & set(steps))
        return not steps or (known >= WHOLE_ENOUGH * len(steps) and steps[-1] in done)

    def _is_laid_out(self, step: int) -> bool:
        """Whether there is a layout that can be read."""
        with contextlib.suppress(OSError, ValueError):
            return bool(len(read_layout(self.folder, self.space, step)[0]))
        return False

    def lay_out(self, step: int, reference: np.ndarray | None) -> None:
        self.last = step
        # thinned out or deleted meanwhile, or damaged: that snapshot alone has no layout
        with contextlib.suppress(FileNotFoundError, ValueError):
            embeddings, features = files.read_arrays(self.folder, step)
            x = embeddings[0] if self.space == "embeddings" else features
            if x is None:
                return
            xy = self._project.layout(x)
            if reference is not None and reference.shape == xy.shape:
                xy = procrustes(xy, reference)
            self.xy = xy
            buffer = io.BytesIO()
            np.savez(buffer, xy=xy, trust=np.float32(trustworthiness(x, xy)), method="umap")
            path = layout_path(self.folder, self.space, step)
            files.write_bytes(path, buffer.getvalue(), with_parents=False)


def lay_out_run(folder: Path, space: str = "embeddings") -> None:
    """Make the layouts of an ended run or comparison, all of them."""
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
                key = (files.home(Path(asked["folder"])), str(asked["space"]))
                known = targets.pop(key, None)
                targets[key] = known or Target(*key)
                for old in list(targets)[:-MOST_TARGETS]:
                    del targets[old]
        for key in reversed(list(targets)):
            try:
                if targets[key].advance():
                    break
            except Exception:  # a folder deleted or unreadable: leave it alone
                del targets[key]
                break
        else:
            time.sleep(IDLE)
