"""The frames of one space and layout of a run, by step, and where they put the probes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.layouts import SteadyPCA, procrustes
from cacr_core.runs.folder import snapshot_steps

MOST_FRAMES = 400
WANTED = 10.0  # seconds


@dataclass
class Film:
    """The frames of one space and layout, by step.

    Attributes:
        first: The step that a viewer waits for: its frame is made before the others.
        frames: The version they were made as, and the message.
        positions: As they are drawn, where a cloud's size says how far its images lie apart.
        planes: Where PCA puts the probes, each turned to lie near one made before.
        until: The newest step there was when `first` was asked for.
        asked: When somebody last asked for the series.
        lost: Steps whose snapshot cannot be shown, and why.
        unplaced: Steps whose layout cannot be read, and why.
        gone: Steps that have nothing to show in this space, or have been thinned out.
        again: Steps that the run has come to again, whose frames are of before.
    """

    space: str
    layout: str
    with_agreement: bool
    first: int | None = None
    until: int = 10**9
    asked: float = 0.0
    frames: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    positions: dict[int, np.ndarray] = field(default_factory=dict)
    spreads: dict[int, float] = field(default_factory=dict)
    kinds: dict[int, tuple[str, int, float | None]] = field(default_factory=dict)
    agreements: dict[int, np.ndarray] = field(default_factory=dict)
    planes: dict[int, np.ndarray] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    unplaced: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    again: set[int] = field(default_factory=set)

    def missing(self, steps: list[int]) -> list[int]:
        """Steps that have no frame yet, in the order to make them in: the moment that is looked at,
        the newest if it came since, those around that moment, and what else came since. From the
        first on where no moment is looked at."""
        made = self.positions.keys() | self.lost.keys() | self.gone
        left = [step for step in steps if step not in made]
        if (first := self.first) is None:
            return left

        def order(step: int) -> tuple[bool, bool, bool, int]:
            is_new = step > self.until
            away = -step if is_new else abs(step - first)
            return step != first, not (is_new and step == steps[-1]), is_new, away

        return sorted(left, key=order)

    def since(self, version: int, first: int | None) -> tuple[int, list[bytes]]:
        """The newest version, and frames made since one in the order of their making, but one."""
        found = [
            (step != first, made, message)
            for step, (made, message) in self.frames.items()
            if made > version
        ]
        newest = max((made for _, made, _ in found), default=version)
        return newest, [message for _, _, message in sorted(found)]

    def plane(self, step: int, x: np.ndarray) -> np.ndarray:
        """The PCA of a step, turned to lie near that of the nearest step that has one.

        Args:
            x: What is laid out.
        """
        if step not in self.planes:
            xy = SteadyPCA().layout(x)
            if self.planes:
                near = min(self.planes, key=lambda other: abs(other - step))
                xy = procrustes(xy, self.planes[near])
            self.planes[step] = xy
        return self.planes[step]

    def is_wanted(self) -> bool:
        """Whether somebody has asked for it just now, who may not be among the viewers yet."""
        return time.monotonic() - self.asked < WANTED

    def thin(self, folder: Path) -> None:
        """Forget the frames whose snapshots have been thinned out, where there are many."""
        if len(self.frames) > MOST_FRAMES:
            self.keep(set(snapshot_steps(folder)))

    def keep(self, steps: set[int]) -> None:
        """Forget what is known of all other steps."""
        for table in self._tables():
            for old in table.keys() - steps:
                del table[old]

    def drop_again(self) -> None:
        """Forget what is known of the steps that the run has come to again."""
        while self.again:
            step = self.again.pop()
            self.gone.discard(step)
            for table in self._tables():
                table.pop(step, None)

    def _tables(self) -> list[dict[int, Any]]:
        return [table for table in vars(self).values() if isinstance(table, dict)]
