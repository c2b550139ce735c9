"""Accuracy by class of two encoders on the same images, and whether they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from cacr_core.metrics import Share, share


class ClassChange(NamedTuple):
    """One class, or all of them.

    Args:
        before, after: Share right in each, with its interval.
        change: after - before.
        low, high: 95 % interval of the change; it holds 0 where the images cannot tell.
    """

    name: str
    before: Share
    after: Share
    change: float
    low: float
    high: float


def class_changes(
    before: Tensor, after: Tensor, labels: Tensor, names: Sequence[str]
) -> list[ClassChange]:
    """All classes together, then one by one in the order of `names`.

    Args:
        before, after: `(m,)` bool, whether each encoder has an image right, the same images.
        labels: `(m,)`; images with a label below 0 count for none.
        names: Of the classes.
    """
    chosen = [labels >= 0, *(labels == i for i in range(len(names)))]
    return [
        _change(name, before[where], after[where])
        for name, where in zip(("all", *names), chosen, strict=True)
    ]


def _change(name: str, before: Tensor, after: Tensor, z: float = 1.96) -> ClassChange:
    """Agresti and Min's interval for paired shares (2005, https://doi.org/10.1002/sim.1781): Wald's
    after half an image is added to each of the four outcomes."""
    n = len(before)
    if n == 0:
        return ClassChange(name, share(0, 0), share(0, 0), math.nan, -1.0, 1.0)
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    more, less, total = gained + 0.5, lost + 0.5, n + 2
    middle = (more - less) / total
    half = z * math.sqrt(more + less - (more - less) ** 2 / total) / total
    return ClassChange(
        name,
        share(int(before.sum()), n),
        share(int(after.sum()), n),
        (gained - lost) / n,
        max(-1.0, middle - half),
        min(1.0, middle + half),
    )
