"""Who is near whom in each of two sets of features, and whose neighbours changed most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from cacr_core.neighbours import kept, nearest_by_cosine

ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Overlap:
    """What two sets of features agree on about neighbours.

    Args:
        k: Neighbours looked at.
        share: `(n,)`, how many of an image's neighbours in one are so in the other, 0..1.
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
        k: At most n - 1 are looked at.

    Raises:
        ValueError: Fewer than two images, or different numbers of them.
    """
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(
            f"Neighbours are compared of two or more images in both, got {len(x)} and {len(y)}."
        )
    before, after = (nearest_by_cosine(points, k)[1] for points in (x, y))
    share = kept(before, after).float().mean(1)
    nearness = _similarity(y, before) + _similarity(x, after)
    by_nearness = nearness.argsort(stable=True)
    changed = by_nearness[share[by_nearness].argsort(stable=True)]
    k = before.shape[1]
    return Overlap(k, share, float(share.mean()), k / (len(x) - 1), before, after, changed)


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
    near = nearest_by_cosine(x, k)[1]
    far = _ranks(y, near)
    order = far.flatten().argsort(descending=True, stable=True)
    k = near.shape[1]
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
    points = normalize(y.float(), dim=1)
    found = []
    for start in range(0, len(points), ROWS_AT_ONCE):
        rows = points[start : start + ROWS_AT_ONCE] @ points.T
        rows.diagonal(start).fill_(-2)
        own = rows.gather(1, others[start : start + ROWS_AT_ONCE])
        found.append(torch.stack([(rows > column[:, None]).sum(1) for column in own.T], 1) + 1)
    return torch.cat(found)


def _similarity(x: Tensor, others: Tensor) -> Tensor:
    """`(n,)`, mean cosine of each point with some others `(n, k)`."""
    x = normalize(x.float(), dim=1)
    sums = ((x * x[column]).sum(1) for column in others.T)
    return sum(sums, start=x.new_zeros(len(x))) / others.shape[1]
