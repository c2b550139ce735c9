"""Lays out the probes of a run, snapshot by snapshot, in a process of its own.

It follows a run's folder, lays out the newest snapshot and drops what it cannot keep up with; the
trainer never waits for it. A run that ended with many snapshots not laid out is gone over once
more, from its last snapshot back to its first, so that the whole film is one steady chain; one that
is gone on with is followed from its newest layout.
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
REFUSED = (
    "UMAP cannot be loaded here, so PCA is drawn. It needs a folder that can be written: name one "
    "in NUMBA_CACHE_DIR."
)


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


def refused_path(folder: Path) -> Path:
    """What a run has beside its layouts where none could be made, for the reason `REFUSED`."""
    return folder / "layouts" / "refused.txt"


class Target:
    """A run, or all entries of a comparison, and a space to lay out.

    Each call of `advance` makes one layout if one is wanted. The entries of a comparison start
    from one layout, as their embeddings at step 0 are equal, and each later one is turned to lie
    nearest to the mean of where the entries stood last, so that they stay comparable.

    Attributes:
        is_done: Nothing is left to do, unless the run is gone on with.
    """

    def __init__(self, folder: Path, space: str) -> None:
        self.folder, self.space = folder, space
        entries = files.entry_folders(folder)
        self.chains = [_Chain(entry, space) for entry in entries or [folder]]
        self._is_comparison = bool(entries)
        # checkpoints paired on the same images do not start alike, as trained entries do
        self._is_frozen = bool(files.read_json(folder / "run.json").get("frozen"))
        self._replay: Iterator[None] | None = None
        self._was_active = self.is_done = False
        for chain in self.chains:
            with contextlib.suppress(OSError):
                refused_path(chain.folder).unlink()

    def advance(self) -> bool:
        """Whether there was something to do."""
        is_active = files.status(self.folder) in files.ACTIVE
        if is_active and not self._was_active:
            self._replay, self.is_done = None, False
            for chain in self.chains:
                chain.go_on()
        self._was_active = is_active
        if is_active:
            return self._lay_out_newest()
        if self._replay is None:
            whole = all(chain.is_whole() for chain in self.chains)
            self._replay = iter(()) if whole else self._whole_film()
        self.is_done = next(self._replay, self) is self
        return not self.is_done

    def _lay_out_newest(self) -> bool:
        laggard = min(self.chains, key=lambda chain: chain.last)
        for chain in (laggard, *self.chains):
            steps = files.snapshot_steps(chain.folder)
            if steps and steps[-1] > chain.last:
                first = self._is_comparison and chain.last < 0
                self._lay_out(chain, steps[0] if first else steps[-1])
                return True
        return False

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
        is_first = files.snapshot_steps(chain.folder)[:1] == [step]
        begins_alike = is_first and not self._is_frozen
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

    def begin_anew(self) -> None:
        self.last = -1
        self.xy: np.ndarray | None = None
        self._project = SteadyUMAP()

    def go_on(self) -> None:
        """Go on from the newest layout there is."""
        self.begin_anew()
        done = laid_out_steps(self.folder, self.space)
        self.last = max(done, default=-1)
        for step in reversed(done):
            # one that is damaged, or whose snapshot is, is no place to begin at
            with contextlib.suppress(OSError, ValueError):
                xy, _ = read_layout(self.folder, self.space, step)
                if (x := self._points(step)) is not None:
                    self._project.go_on_from(x, xy)
                    self.xy = xy
                    return

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
        # thinned out or deleted meanwhile, damaged, or no room: that snapshot alone has no layout
        with contextlib.suppress(OSError, ValueError):
            if (x := self._points(step)) is None:
                return
            xy = self._project.layout(x)
            if reference is not None and reference.shape == xy.shape:
                xy = procrustes(xy, reference)
            self.xy = xy
            buffer = io.BytesIO()
            np.savez(buffer, xy=xy, trust=np.float32(trustworthiness(x, xy)), method="umap")
            path = layout_path(self.folder, self.space, step)
            files.write_bytes(path, buffer.getvalue(), with_parents=False)

    def _points(self, step: int) -> np.ndarray | None:
        embeddings, features = files.read_arrays(self.folder, step)
        return embeddings[0] if self.space == "embeddings" else features


class Targets:
    """The runs that are laid out by turns, a new one first.

    A run that is looked at is named again and again. Of more than are kept in mind those go first
    that have nothing left to do, then those named longest ago; named again, they are gone on with.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Path, str], Target] = {}  # in the order of their naming
        self._turns: list[tuple[Path, str]] = []

    def name(self, folder: Path, space: str) -> None:
        key = (files.home(folder), space)
        known = self._known.pop(key) if key in self._known else Target(*key)
        self._known[key] = known
        if key not in self._turns:
            self._turns.insert(0, key)
        *others, _ = self._known
        for old in sorted(others, key=lambda other: not self._known[other].is_done):
            if len(self._known) > MOST_TARGETS:
                self._forget(old)

    def advance(self) -> bool:
        """Make one layout; whether one was wanted."""
        for key in self._turns[:]:
            try:
                if self._known[key].advance():
                    self._turns.remove(key)
                    self._turns.append(key)
                    return True
            except OSError:  # a folder that cannot be read now may be read later
                continue
            except Exception:  # until it is named again
                self._forget(key)
        return False

    def _forget(self, key: tuple[Path, str]) -> None:
        del self._known[key]
        self._turns.remove(key)


def lay_out_run(folder: Path, space: str = "embeddings") -> None:
    """Make the layouts of an ended run or comparison, all of them."""
    target = Target(folder, space)
    while target.advance():
        pass


def follow(lines: IO[str]) -> None:
    """Lay out the runs named on lines of input (`{"folder", "space"}`), by turns.

    Ends when the input does; where UMAP cannot be loaded, each of them is told so.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    named: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        for line in lines:
            named.put(line)
        named.put(None)

    threading.Thread(target=listen, daemon=True).start()
    targets = Targets()
    take = targets.name
    try:
        warm_up()
    except Exception:
        take = _refuse
    while True:
        with contextlib.suppress(queue.Empty):
            while True:
                if (line := named.get_nowait()) is None:
                    return
                asked = json.loads(line)
                with contextlib.suppress(OSError):  # it is named again
                    take(Path(asked["folder"]), str(asked["space"]))
        if not targets.advance():
            time.sleep(IDLE)


def _refuse(folder: Path, space: str) -> None:
    for run in files.entry_folders(folder) or [folder]:
        files.write_bytes(refused_path(run), REFUSED.encode(), with_parents=False)
