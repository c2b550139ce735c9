"""Nearest neighbours of points, the same whatever order the rows come in.

Sorting by distance breaks ties by a row's number, so among equal or nearly equal points neighbours
follow the order of the rows, and whatever is drawn from them shows an order that is not in the
data. Here rows are put in an order of their own, points apart by no more than rounding are one, and
of samples as far as each other none is preferred.

`nearest_by_cosine` is for votes and lists of neighbours, where of equally near ones the first rows
are taken; overlaps count those by shares. It loads torch when it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 1e-3  # of a point's length: what float16, in which points are kept, cannot tell apart
ROWS_AT_ONCE = 512
TENSOR_ROWS_AT_ONCE = 1024
TIE = 1e-5  # squared distances that differ by less than this share are as good as each other


def order_of(x: np.ndarray) -> np.ndarray:
    """`(n,)`, the rows of `x` `(n, dim)` sorted by what they hold, not by where they stand."""
    whole = np.ascontiguousarray(x + 0.0)  # no zero is below 0
    return np.argsort(whole.view(np.dtype((np.void, whole[0].nbytes))).ravel(), kind="stable")


def finer_ranks(ranks: np.ndarray, x: np.ndarray) -> np.ndarray:
    """`(n,)` ranks of rows as they were, those of one rank told apart by what `x` holds now.

    An order that outlives the moment at which it was made, also for rows that were equal then.
    """
    order = order_of(x)
    same = (x[order][1:] == x[order][:-1]).all(1)
    now = np.empty(len(x), np.intp)
    now[order] = np.append(0, np.cumsum(~same))
    order = np.lexsort((now, ranks))
    apart = (np.diff(ranks[order]) != 0) | (np.diff(now[order]) != 0)
    finer = np.empty(len(x), np.intp)
    finer[order] = np.append(0, np.cumsum(apart))
    return finer


def distinct(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points that are one but for rounding, and points joined by such ones, taken together.

    Args:
        x: `(n, dim)`.

    Returns:
        `first` `(m,)` ascending, the first row of each, and `which` `(n,)`, the place in `first`
        of every row's own.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    reach = ROUNDING * float(np.sqrt((x**2).sum(1).mean()))
    cells = np.round(x / max(reach, 1e-30) * np.sqrt(x.shape[1])).astype(np.int64)
    _, first, which = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    some = x[first]
    pairs = [
        np.argwhere(squared <= reach**2) + np.array((start, 0))
        for start, squared in squared_distances(some, some)
    ]
    near = np.concatenate(pairs)
    graph = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), (len(some), len(some)))
    _, group = connected_components(graph, directed=False)
    _, first, which = np.unique(group[which.ravel()], return_index=True, return_inverse=True)
    place = np.argsort(np.argsort(first))
    return np.sort(first), place[which]


def squared_distances(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Squared distances of rows of `x` to those of `y`, a block of rows at a time, with the number
    of its first row: products, not differences, so exact to about 1e-6 of the cloud's size."""
    middle = y.mean(0)
    x, y = x - middle, y - middle
    norms = (y**2).sum(1)
    for start in range(0, len(x), ROWS_AT_ONCE):
        rows = x[start : start + ROWS_AT_ONCE]
        yield start, ((rows**2).sum(1)[:, None] + norms - 2 * rows @ y.T).clip(0)


def nearest(x: np.ndarray, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The `k` nearest other rows, nearest first: indices int32 and distances, both `(n, k)`.

    Of samples equally far some are drawn, for every row anew: a choice of its own number would be
    the same for all rows and join them.

    Args:
        x: `(n, dim)`, distinct rows in an order of their own.
    """
    rng = np.random.default_rng(seed)
    near = np.empty((len(x), k), np.int32)
    for start, squared in squared_distances(x, x):
        squared *= 1 + TIE * rng.random(squared.shape, np.float32)
        rows = np.arange(len(squared))
        squared[rows, start + rows] = np.inf
        near[start : start + len(squared)] = np.argpartition(squared, k - 1, axis=1)[:, :k]
    distances = np.stack([np.linalg.norm(x[of] - x, axis=1) for of in near.T], 1)
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(near, order, 1), np.take_along_axis(distances, order, 1)


def shares_of_nearest(squared: np.ndarray, k: int) -> np.ndarray:
    """How far each sample counts among the `k` nearest: 1, 0, or where several are as far as the
    k-th an equal share of the places that are left to them.

    Args:
        squared: `(rows, n)` squared distances, infinite for what does not count.

    Returns:
        `(rows, n)`, rows sum to k.
    """
    last = np.partition(squared, k - 1, axis=1)[:, k - 1 : k]
    slack = TIE * last + 1e-12
    inside = squared < last - slack
    level = np.abs(squared - last) <= slack
    left = (k - inside.sum(1, keepdims=True)) / level.sum(1, keepdims=True)
    return inside + level * left


def nearest_by_cosine(x: Tensor, k: int, bank: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The nearest `k` of a bank by cosine, or of the other rows of `x`, nearest first.

    Args:
        x: `(m, dim)`; lengths do not matter.
        k: All are taken where there are fewer.
        bank: `(n, dim)`; None for the rows of `x`, of which none is its own neighbour.

    Returns:
        Cosines float32 and indices into the bank, both `(m, k)`.
    """
    import torch

    points = of_length_one(x)
    others = points if bank is None else of_length_one(bank)
    k = min(k, len(others) - (bank is None))
    cosines, indices = [], []
    for start in range(0, len(points), TENSOR_ROWS_AT_ONCE):
        rows = points[start : start + TENSOR_ROWS_AT_ONCE] @ others.T
        if bank is None:
            rows.diagonal(start).fill_(-2)
        found = rows.topk(k, dim=1)
        cosines.append(found.values)
        indices.append(found.indices)
    return torch.cat(cosines), torch.cat(indices)


def of_length_one(x: Tensor) -> Tensor:
    """Rows `(n, dim)` float32 of length one, also where their squares are too large for float32;
    zeros stay zeros."""
    from torch.nn.functional import normalize

    return normalize(scaled_down(x), dim=1)


def scaled_down(x: Tensor) -> Tensor:
    """Rows `(n, dim)` float32, those of large numbers divided so that their squares are no more
    than float32 holds: by powers of two, so that no digit is lost."""
    x = x.float()
    largest = x.abs().amax(1, keepdim=True).clamp_min(1)
    return x / largest.log2().floor().exp2()


def kept(these: Tensor, those: Tensor) -> Tensor:
    """`(n, k)` bool: which neighbours of `these` are among `those` of the same image."""
    return (these[:, :, None] == those[:, None, :]).any(2)
