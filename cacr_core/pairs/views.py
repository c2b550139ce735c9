"""Embeddings of views -> squared distances from each query to its positives and negatives.

A query is one view of one item; its positives are the other views of that item, its negatives
are views of other items. Queries are numbered `view * n_items + item`, the order of
`z.flatten(0, 1)`.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

Negatives = Literal["all_views", "later_views"]
NEGATIVES: tuple[Negatives, ...] = ("all_views", "later_views")


class Pairs(NamedTuple):
    """Squared Euclidean distances between unit vectors, each in [0, 4].

    Attributes:
        pos: `(query, K)`, from each query to its K positives.
        neg: `(query, M)`, from each query to its M negatives.
    """

    pos: Tensor
    neg: Tensor


def pair_views(z: Tensor, negatives: Negatives = "all_views") -> Pairs:
    """Squared distances of every query of a batch, by matrix products: d = 2 - 2 z z'.

    Args:
        z: `(view, item, dim)`, unit rows. Half precision is raised to float32.
        negatives: "all_views": every view of every other item, columns view-major, so `neg` is
            `(n_views * n_items, n_views * (n_items - 1))`. "later_views", as CACR was released:
            for each pair of views v < w and each item, the other items in view w, so `neg` has
            rows of its own, `(n_view_pairs * n_items, n_items - 1)`. `pos` is the same for both.

    Raises:
        ValueError: z is not three-dimensional, or has fewer than 2 views or 2 items.
    """
    z = checked(z)
    with torch.autocast(z.device.type, enabled=False):
        if negatives == "all_views":
            return Pairs(*_AllViews.apply(z))
        if negatives == "later_views":
            first, second = torch.triu_indices(len(z), len(z), 1, device=z.device)
            neg = without_diagonal(sq_dist(z[first], z[second])).flatten(0, 1)
            return Pairs(positives(z), neg)
    raise ValueError(f"negatives must be one of {NEGATIVES}, got {negatives!r}.")


class _AllViews(torch.autograd.Function):
    """`pair_views` of all views, with its gradient as one matrix product: that of z z' is
    (G + G') z, where autograd makes two and copies each step of taking the diagonals out."""

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(z)
        n_views, n_items, _ = z.shape
        flat = z.flatten(0, 1)
        blocks = sq_dist(flat, flat).view(n_views, n_items, n_views, n_items).transpose(1, 2)
        neg = without_diagonal(blocks).transpose(1, 2).reshape(n_views * n_items, -1)
        own = blocks.diagonal(dim1=2, dim2=3).permute(2, 0, 1)
        return without_diagonal(own).transpose(0, 1).flatten(0, 1), neg

    @staticmethod
    def backward(ctx: Any, pos: Tensor, neg: Tensor) -> Tensor:
        (z,) = ctx.saved_tensors
        n_views, n_items, _ = z.shape
        own = pos.view(n_views, n_items, n_views - 1).transpose(0, 1)
        own = with_diagonal(own, own.new_zeros(n_items, n_views)).permute(1, 2, 0)
        rest = neg.view(n_views, n_items, n_views, n_items - 1).transpose(1, 2)
        whole = with_diagonal(rest, own).transpose(1, 2).reshape(n_views * n_items, -1)
        return (torch.mm(whole + whole.T, z.flatten(0, 1)) * -2).view_as(z)


def positives(z: Tensor) -> Tensor:
    """`pair_views(z).pos` without its negatives, which are far more."""
    by_item = checked(z).transpose(0, 1)
    with torch.autocast(z.device.type, enabled=False):
        return without_diagonal(sq_dist(by_item, by_item)).transpose(0, 1).flatten(0, 1)


def pairs_of_queries(z: Tensor, queries: Tensor) -> Pairs:
    """The rows of `pair_views(z)` that belong to `queries`, without the rest of the batch.

    Args:
        z: `(view, item, dim)`, unit rows.
        queries: `(query,)`, indices into `z.flatten(0, 1)`.
    """
    z = checked(z)
    pos_index, neg_index = sample_indices(z.shape[0], z.shape[1], queries)
    with torch.autocast(z.device.type, enabled=False):
        flat = z.flatten(0, 1)
        to_all = sq_dist(flat[queries], flat)
    return Pairs(to_all.gather(1, pos_index), to_all.gather(1, neg_index))


def sample_indices(n_views: int, n_items: int, queries: Tensor) -> tuple[Tensor, Tensor]:
    """Which samples the columns of all-view pairs stand for: `(query, K)` and `(query, M)`.

    Both hold indices into `z.flatten(0, 1)`; columns are view-major.
    """
    view, item = (queries // n_items)[:, None], (queries % n_items)[:, None]
    k = torch.arange(n_views - 1, device=queries.device)
    pos = (k + (k >= view)) * n_items + item
    column = torch.arange(n_views * (n_items - 1), device=queries.device)
    return pos, negative_at(column, item, n_items)


def negative_at(column: Tensor, item: Tensor, n_items: int) -> Tensor:
    """The sample that a column of the negatives of an item's query stands for."""
    view, other = column // (n_items - 1), column % (n_items - 1)
    return view * n_items + other + (other >= item)


def checked(z: Tensor) -> Tensor:
    if z.dim() != 3 or z.shape[0] < 2 or z.shape[1] < 2:
        raise ValueError(
            "A query needs a positive (2 views or more) and a negative (2 items or more), got z "
            f"of shape {tuple(z.shape)} (view, item, dim)."
        )
    return z.float() if z.dtype in (torch.float16, torch.bfloat16) else z


def sq_dist(x: Tensor, y: Tensor) -> Tensor:
    """`(..., n, m)` squared distances 2 - 2 x y' of unit rows, for one batch or several."""
    two = x.new_full((), 2.0)
    if x.dim() == 2:
        return torch.addmm(two, x, y.T, alpha=-2).clamp_min(0)
    return torch.baddbmm(two, x, y.transpose(1, 2), alpha=-2).clamp_min(0)


def without_diagonal(square: Tensor) -> Tensor:
    """`(..., n, n)` -> `(..., n, n - 1)`: every row without its own column, order kept."""
    n = square.shape[-1]
    rows = square.flatten(-2)[..., 1:].unflatten(-1, (n - 1, n + 1))
    return rows[..., :-1].flatten(-2).unflatten(-1, (n, n - 1))


def with_diagonal(rows: Tensor, diagonal: Tensor) -> Tensor:
    """`(..., n, n - 1)` and `(..., n)` -> `(..., n, n)`: `without_diagonal` undone."""
    n = rows.shape[-2]
    inner = rows.flatten(-2).unflatten(-1, (n - 1, n))
    inner = torch.cat([diagonal[..., :-1, None], inner], dim=-1).flatten(-2)
    return torch.cat([inner, diagonal[..., -1:]], dim=-1).unflatten(-1, (n, n))
