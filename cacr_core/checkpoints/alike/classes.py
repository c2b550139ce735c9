"""Accuracy by class of two encoders on the same images, and where they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from cacr_core.metrics import Share, share
from cacr_core.scores.paired import Change, change_of

MOST_NAMED = 3


class ClassChange(NamedTuple):
    """One class, or all of them.

    Args:
        before, after: Share right in each, with its 95 % interval.
        change: after - before, with its interval.
    """

    name: str
    before: Share
    after: Share
    change: Change


@dataclass(frozen=True)
class Changes:
    """All classes together, and each.

    Args:
        overall: With a 95 % interval.
        by_class: In the classes' order; without images a change is NaN. Their intervals are wider,
            so that all of them hold together for 95 of 100 sets of images (Bonferroni): whichever
            of them leaves out 0 may be named.
        level: Of each interval in `by_class`.
    """

    overall: ClassChange
    by_class: tuple[ClassChange, ...]
    level: float

    @property
    def n_intervals(self) -> int:
        return sum(one.change.n > 0 for one in self.by_class)


def class_changes(
    before: Tensor, after: Tensor, labels: Tensor, names: Sequence[str], level: float = 0.95
) -> Changes:
    """All classes together, and one by one in the order of `names`.

    Args:
        before, after: `(m,)` bool, whether each encoder has an image right, the same images.
        labels: `(m,)`; images with a label below 0 count for none.
        names: Of the classes.
        level: Of the interval of all, and of those of the classes taken together.
    """
    chosen = [labels == i for i in range(len(names))]
    each = 1 - (1 - level) / max(1, sum(bool(where.any()) for where in chosen))
    known = labels >= 0
    return Changes(
        _change("all classes", before[known], after[known], level),
        tuple(
            _change(name, before[where], after[where], each)
            for name, where in zip(names, chosen, strict=True)
        ),
        each,
    )


def _change(name: str, before: Tensor, after: Tensor, level: float) -> ClassChange:
    n, gained, lost = len(before), int((after & ~before).sum()), int((before & ~after).sum())
    return ClassChange(
        name,
        share(int(before.sum()), n),
        share(int(after.sum()), n),
        change_of(gained, lost, n, level),
    )


def headline(changes: Changes, a: str, b: str) -> str:
    """Which classes tell two encoders apart, as far as the intervals allow: a sentence without its
    dot."""
    better, worse = (
        [one.name for one in changes.by_class if one.change.sign == sign] for sign in (1, -1)
    )
    n, left = changes.n_intervals, changes.n_intervals - len(better) - len(worse)
    if left == n:
        holding = "the interval" if n == 1 else f"all {n} intervals"
        return f"No class tells {a} and {b} apart: {holding} of {b} − {a} hold{'s' * (n == 1)} 0"
    found = [
        f"{word} on {_listed(names)}"
        for word, names in (("better", better), ("worse", worse))
        if names
    ]
    rest = f"; the other {f'{left} intervals hold' if left > 1 else 'interval holds'} 0"
    return f"{b} is {' and '.join(found)} than {a}{rest if left else ''}"


def _listed(names: list[str]) -> str:
    if len(names) > MOST_NAMED:
        return f"{len(names)} classes"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def looks(changes: Changes) -> str:
    """What it means to look at many classes."""
    n = changes.n_intervals
    if n < 2:
        return "The interval is one of 95 %."
    return (
        f"The {n} intervals hold together for 95 of 100 sets of images, so each is one of "
        f"{100 * changes.level:.2f} % (Bonferroni). Of {n} at 95 % each, about {n / 20:.1f} would "
        "leave out 0 by chance where nothing differs."
    )
