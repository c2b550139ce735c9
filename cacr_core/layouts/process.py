"""Lays out the probes of a run, snapshot by snapshot, in a process of its own.

It follows a run's folder, lays out the newest snapshot and drops what it cannot keep up with; the
trainer never waits for it. A run that ended with many snapshots not laid out is gone over once
more, from its last snapshot back to its first, so that the whole film is one steady chain; one that
is gone on with is followed from its newest layout.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from cacr_core.layouts import SteadyUMAP, procrustes, trustworthiness, warm_up
from cacr_core.layouts.stored import is_whole, layout_path, refused_by, refused_path
from cacr_core.layouts.stored import laid_out_steps as laid_out_steps
from cacr_core.layouts.stored import read_layout as read_layout
from cacr_core.layouts.stored import refusal as refusal
from cacr_core.runs import folder as files
from cacr_core.runs.arrays import read_npz

SPACES = ("embeddings", "features")
MOST_TARGETS = 4
MOST_KEPT = 1000  # runs that wait, and runs known to have nothing left to do
LOOKED_AT = 15.0  # seconds since it was named that a run is taken to be looked at
IDLE = 0.05  # seconds between two looks when there is nothing to do
FILM_BEGINS = -2  # for the step before its first


class Target:
    """A run, or all entries of a comparison, and a space to lay out.

    Each call of `advance` makes one layout if one is wanted. The entries of a comparison start
    from one layout, as their embeddings at step 0 are equal, and each later one is turned to lie
    nearest to the mean of where the entries stood last, so that they stay comparable.

    Attributes:
        is_done: Nothing is left to do, unless the run is gone on with.
        named_at: When it was last asked for, in seconds of `time.monotonic`.
    """

    def __init__(self, folder: Path, space: str) -> None:
        self.folder, self.space = folder, space
        entries = files.entry_folders(folder)
        self.chains = [_Chain(entry, space) for entry in entries or [folder]]
        self._is_comparison = bool(entries)
        # checkpoints paired on the same images do not start alike, as trained entries do
        self._is_frozen = bool(files.read_json(folder / "run.json").get("frozen"))
        self._film: list[tuple[int, _Chain]] | None = None  # what is left of it
        self.named_at = time.monotonic()
        self._was_active = self.is_done = False
        for chain in self.chains:
            with contextlib.suppress(OSError):
                refused_path(chain.folder).unlink()

    def advance(self) -> bool:
        """Whether there was something to do."""
        is_active = files.status(self.folder) in files.ACTIVE
        if is_active and not self._was_active:
            self._film, self.is_done = None, False
            for chain in self.chains:
                chain.go_on()
        self._was_active = is_active
        if is_active:
            return self._lay_out_newest()
        if self._film is None:
            whole = all(chain.is_whole() for chain in self.chains)
            self._film = [] if whole else self._whole_film()
        self.is_done = not self._film
        if self._film:
            step, chain = self._film[0]
            self._lay_out(chain, step)
            self._film.pop(0)  # not before: where the folder cannot be read now, it is tried again
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

    def _whole_film(self) -> list[tuple[int, _Chain]]:
        """The steps to lay out, in order; what an earlier process made of this film is kept."""
        for chain in self.chains:
            chain.begin_anew(FILM_BEGINS)
        film = [
            (step, chain) for chain in self.chains for step in files.snapshot_steps(chain.folder)
        ]
        # a single run from its last snapshot back; paired ones from what they share
        film.sort(key=lambda part: part[0], reverse=not self._is_comparison)
        left = [(step, chain) for step, chain in film if not chain.takes(step)]
        for chain in self.chains if left else ():
            if chain.stands_at >= 0:
                with contextlib.suppress(ValueError):
                    chain.go_on_from(chain.stands_at)
        return left

    def _lay_out(self, chain: _Chain, step: int) -> None:
        stood = [c.xy for c in self.chains if c.xy is not None]
        alike = self._is_comparison and len({xy.shape for xy in stood}) == 1
        reference = np.mean(stood, axis=0) if alike else None
        is_first = files.snapshot_steps(chain.folder)[:1] == [step]
        begins_alike = is_first and not self._is_frozen
        chain.lay_out(step, None if begins_alike else reference)


class _Chain:
    """The layouts of one run, each made from the one before it.

    Attributes:
        last: The newest step laid out, or tried; -1 before any.
        stands_at: The step whose layout is gone on from; below 0 before any. Each layout is stored
            with the one it was made from: so a film that was begun is known again.
        xy: `(probe, 2)`, where the probes stood last.
    """

    def __init__(self, folder: Path, space: str) -> None:
        self.folder, self.space = folder, space
        self.begin_anew()

    def begin_anew(self, stands_at: int = -1) -> None:
        self.last, self.stands_at = -1, stands_at
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
                if self.go_on_from(step):
                    return

    def go_on_from(self, step: int) -> bool:
        """Take the stored layout of a step for the last one made; whether there is what it shows.

        Raises:
            OSError, ValueError: It cannot be read, or its snapshot cannot.
        """
        xy, _ = read_layout(self.folder, self.space, step)
        if (x := self._points(step)) is None:
            return False
        self._project.go_on_from(x, xy)
        self.xy, self.stands_at = xy, step
        return True

    def takes(self, step: int) -> bool:
        """Whether a layout is stored that was made from where the chain stands; it stands there."""
        with contextlib.suppress(OSError, ValueError):
            path = layout_path(self.folder, self.space, step)
            if np.array_equal(read_npz(path, ("after",)).get("after", ()), self.stands_at):
                self.xy, _ = read_layout(self.folder, self.space, step)
                self.stands_at = step
                return True
        return False

    def is_whole(self) -> bool:
        done = [s for s in laid_out_steps(self.folder, self.space) if self._is_laid_out(s)]
        return is_whole(files.snapshot_steps(self.folder), done)

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
            trust, after = np.float32(trustworthiness(x, xy)), np.int64(self.stands_at)
            np.savez(buffer, xy=xy, trust=trust, method="umap", after=after)
            path = layout_path(self.folder, self.space, step)
            files.write_bytes(path, buffer.getvalue(), with_parents=False)
            self.stands_at = step

    def _points(self, step: int) -> np.ndarray | None:
        embeddings, features = files.read_arrays(self.folder, step)
        return embeddings[0] if self.space == "embeddings" else features


Key = tuple[Path, str]
Standing = tuple[bool, list[list[int]]]


def _standing(folder: Path) -> Standing:
    """Whether a run is at work, and the newest step of each entry: all else is of no account to who
    has laid it out."""
    runs = files.entry_folders(folder) or [folder]
    return files.status(folder) in files.ACTIVE, [files.snapshot_steps(r)[-1:] for r in runs]


class Targets:
    """The runs that are laid out by turns, a new one first.

    A run that is looked at is named again and again. More than are kept in mind wait, in order,
    until one of those has nothing left to do, or nobody looks at it any more. One that had nothing
    left to do and stands as it did then is let be.
    """

    def __init__(self) -> None:
        self._turns: dict[Key, Target] = {}  # in order
        self._waiting: dict[Key, float] = {}  # in order, with the time of their last naming
        self._at_rest: dict[Key, Standing | None] = {}  # with nothing left to do, and since when

    def name(self, folder: Path, space: str) -> None:
        key, now = (files.home(folder), space), time.monotonic()
        if self._at_rest.get(key) != _standing(key[0]):
            self._at_rest.pop(key, None)
        if key in self._turns:
            self._turns[key].named_at = now
        elif key in self._waiting or (key not in self._at_rest and len(self._waiting) < MOST_KEPT):
            self._waiting[key] = now

    def advance(self) -> bool:
        """Make one layout; whether one was wanted, or may be by a run that waits."""
        self._take_in()
        for key, target in list(self._turns.items()):
            try:
                stood = _standing(key[0])
                if self._at_rest.pop(key, None) != stood and target.advance():
                    self._turns[key] = self._turns.pop(key)
                    return True
                self._at_rest[key] = stood
            except OSError:  # a folder that cannot be read now may be read later
                self._at_rest[key] = None
            except Exception:  # until it is named again
                del self._turns[key]
        while len(self._at_rest) > MOST_KEPT:
            del self._at_rest[next(iter(self._at_rest))]
        return bool(self._waiting)

    def _take_in(self) -> None:
        while self._waiting and (len(self._turns) < MOST_TARGETS or self._make_room()):
            key = next(iter(self._waiting))
            named_at = self._waiting.pop(key)
            with contextlib.suppress(OSError):  # it is named again
                self._turns = {key: Target(*key)} | self._turns
                self._turns[key].named_at = named_at
                self._at_rest.pop(key, None)

    def _make_room(self) -> bool:
        """Let one go that loses nothing by it, an ended one first; whether there was one."""
        since = time.monotonic() - LOOKED_AT
        found = [k for k, t in self._turns.items() if k in self._at_rest or t.named_at < since]
        if found:
            del self._turns[min(found, key=lambda key: not self._turns[key].is_done)]
        return bool(found)


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
    take: Callable[[Path, str], None] = targets.name
    try:
        warm_up()
    except Exception as error:
        take = functools.partial(_refuse, refused_by(error))
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


def _refuse(sentence: str, folder: Path, space: str) -> None:
    for run in files.entry_folders(folder) or [folder]:
        if not is_whole(files.snapshot_steps(run), laid_out_steps(run, space)):
            files.write_bytes(refused_path(run), sentence.encode(), with_parents=False)
