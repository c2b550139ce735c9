"""Who is near whom in each of two sets of features, and whose neighbours changed most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from cacr_core.neighbours import (
    nearest_by_cosine,
    of_length_one,
    shares_of_nearest,
    squared_distances,
)

ROWS_AT_ONCE = 256
LEAST_OTHERS = 3  # times k: of fewer images most are among the nearest whatever the network


@dataclass(frozen=True, eq=False)
class Overlap:
    """What two sets of features agree on about neighbours.

    Args:
        k: Neighbours looked at.
        share: `(n,)`, how many of an image's neighbours in one are so in the other, 0..1; where
            several are as near as the k-th, each counts by its share of the places left.
        mean: Over all images.
        expected: By chance: k / (n - 1).
        before, after: `(n, k)`, the neighbours in the first and in the second, nearest first.
        changed: `(n,)`, all images, those whose neighbours changed most first.
    """

    k: int
    share: Tensor
    mean: float
    expected: float
    before: Tensor
    after: Tensor
    changed: Tensor


def neighbour_overlap(x: Tensor, y: Tensor, k: int = 10) -> Overlap:
    """How many of its `k` nearest others, by cosine, each image keeps between two sets of features.

    Among images that keep equally many, those come first whose neighbours in either are farthest
    in the other.

    Args:
        x, y: `(n, dim)` each, of the same images in the same order; dims may differ.
        k: At most a third of the others are looked at, at least one.

    Raises:
        ValueError: Fewer than two images, or different numbers of them.
    """
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(
            f"Neighbours are compared of two or more images in both, got {len(x)} and {len(y)}."
        )
    k = few_of(k, len(x))
    before, after = (nearest_by_cosine(points, k)[1] for points in (x, y))
    both = zip(_shares(x, k), _shares(y, k), strict=True)
    share = torch.from_numpy(np.concatenate([np.minimum(a, b).sum(1) for a, b in both]) / k)
    nearness = _similarity(y, before) + _similarity(x, after)
    by_nearness = nearness.argsort(stable=True)
    changed = by_nearness[share[by_nearness].argsort(stable=True)]
    return Overlap(k, share, float(share.mean()), k / (len(x) - 1), before, after, changed)


def few_of(k: int, n: int) -> int:
    """How many neighbours of `k` are looked at among n images."""
    return max(1, min(k, (n - 1) // LEAST_OTHERS))


def _shares(x: Tensor, k: int) -> Iterator[np.ndarray]:
    """How far each image counts among the `k` nearest others of each, a block of rows at a time."""
    points = of_length_one(x).cpu().double().numpy()
    for start, squared in squared_distances(points, points):
        rows = np.arange(len(squared))
        squared[rows, start + rows] = np.inf
        yield shares_of_nearest(squared, k)


class Apart(NamedTuple):
    """Two images that one set of features has near each other and another has not.

    Attributes:
        one, other: Their rows.
        near: Which nearest of `one` the other is where they are near, from 1.
        far: The same where they are not.
    """

    one: int
    other: int
    near: int
    far: int


def pairs_apart(x: Tensor, y: Tensor, k: int = 10, most: int = 6) -> list[Apart]:
    """Images among the `k` nearest, by cosine, in `x`, that are farthest down the list in `y`.

    Each image comes in one pair at most, so that a single odd one does not fill the list.

    Args:
        x, y: `(n, dim)` each, of the same images in the same order; dims may differ.
    """
    k = few_of(k, len(x))
    near = nearest_by_cosine(x, k)[1]
    far = _ranks(y, near)
    order = far.flatten().argsort(descending=True, stable=True)
    found: list[Apart] = []
    taken: set[int] = set()
    for place in order.tolist():
        one, rank = divmod(place, k)
        other = int(near[one, rank])
        if far[one, rank] <= k or len(found) == most:
            break
        if not {one, other} & taken:
            taken |= {one, other}
            found.append(Apart(one, other, rank + 1, int(far[one, rank])))
    return found


def _ranks(y: Tensor, others: Tensor) -> Tensor:
    """`(n, k)`: which nearest each of some others `(n, k)` is of every point, from 1."""
    points = of_length_one(y)
    found = []
    for start in range(0, len(points), ROWS_AT_ONCE):
        rows = points[start : start + ROWS_AT_ONCE] @ points.T
        rows.diagonal(start).fill_(-2)
        own = rows.gather(1, others[start : start + ROWS_AT_ONCE])
        found.append(torch.stack([(rows > column[:, None]).sum(1) for column in own.T], 1) + 1)
    return torch.cat(found)


def _similarity(x: Tensor, others: Tensor) -> Tensor:
    """`(n,)`, mean cosine of each point with some others `(n, k)`."""
    x = of_length_one(x)
    sums = ((x * x[column]).sum(1) for column in others.T)
    return sum(sums, start=x.new_zeros(len(x))) / others.shape[1]
