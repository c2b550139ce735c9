"""The moments of a run: its rows of numbers, its snapshots, and which of them can be shown."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, NamedTuple

from cacr_core.runs import folder as files
from cacr_core.runs.rows import Rows
from web.live.frozen_readings import read_frozen
from web.live.readings import Reading, diagnosis, read_all

Row = dict[str, float]


class Numbers(NamedTuple):
    """What the numbers say at a moment."""

    readings: list[Reading]
    diagnosis: str


class Moments:
    """Read by the watching thread with `read`; asked by any.

    Attributes:
        rows: Rows that can be told, by step, in order.
        steps: Steps of the snapshots to be shown, in order.
        n_damaged: Lines of metrics.jsonl that cannot be told.
        again: Steps that the last reading has told once more: the run went on from before them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[Row] = []
        self.steps: list[int] = []
        self.n_damaged = 0
        self.again: set[int] = set()
        self._file = Rows(folder / "metrics.jsonl")
        self._by_step: dict[int, Row] = {}
        self._untold: set[int] = set()

    @property
    def last(self) -> int:
        """The newest step that is known, by its numbers or its snapshot."""
        newest = int(self.rows[-1]["step"]) if self.rows else 0
        return max(newest, self.steps[-1] if self.steps else 0)

    def read(self, about: dict[str, Any] | None, is_active: bool) -> bool:
        """Take in what is new; whether rows were.

        A snapshot is written before its row. One without is not known yet while a worker is at it;
        later it has lost its numbers and is shown without them.

        Args:
            about: What the readings need to know of the run, None while that is not there yet.
        """
        fresh = self._file.fresh() if about is not None else []
        self.again = set()
        for row in fresh:
            step = int(row["step"])
            if step in self._by_step or step in self._untold:
                self.again.add(step)
            self._by_step.pop(step, None)
            self._untold.discard(step)
            if is_told(row, about or {}):
                self._by_step[step] = row
            else:
                self._untold.add(step)
        if fresh:
            self.rows = [self._by_step[step] for step in sorted(self._by_step)]
        self.n_damaged = self._file.n_damaged + len(self._untold)
        newest = int(self.rows[-1]["step"]) if self.rows else -1
        steps = files.snapshot_steps(self.folder)
        self.steps = [s for s in steps if s <= newest or not is_active]
        return bool(fresh)

    def numbers(self, step: int, about: dict[str, Any]) -> Numbers:
        """All that is told of a step; nothing but a sentence where its row is lost."""
        rows = [row for row in self.rows if row["step"] <= step]
        if not rows or rows[-1]["step"] != step:
            return Numbers([], f"No numbers of step {step:,} are kept; its images are shown.")
        try:
            if about["frozen"]:
                return Numbers(read_frozen(rows, about), "")
            return Numbers(read_all(rows, about), diagnosis(rows, about))
        except Exception:  # rows that can be told one by one and contradict each other
            return Numbers(
                [], f"The numbers of step {step:,} cannot be told; its images are shown."
            )


def is_told(row: Row, about: dict[str, Any]) -> bool:
    """Whether a row has the numbers that the readings tell."""
    with contextlib.suppress(Exception):
        (read_frozen if about["frozen"] else read_all)([row], about)
        return True
    return False
