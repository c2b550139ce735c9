"""How far points of different items are from each other, and which lie on top of each other."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# degrees; 45, 60, 72, ... lie within a bin rather than on an edge
BINS = torch.cat(
    [torch.zeros(1), torch.arange(2.5, 180, 5), torch.full((1,), 180.0)]
).double()  # fmt: skip


def angles_between(points: Tensor, n_items: int) -> Tensor:
    """`(point, point)` degrees from each to each, infinite among the views of one item.

    Args:
        points: `(view * item, dim)`, unit rows.
    """
    similarity = points @ points.T
    item = torch.arange(len(points)) % n_items
    same = item[:, None] == item
    return similarity.clamp(-1, 1).acos().rad2deg().masked_fill(same, math.inf)


def nearest_other(points: Tensor, n_items: int) -> Tensor:
    """`(point,)` degrees from each point to the nearest one of another item."""
    return angles_between(points, n_items).amin(dim=1)


def share_by_bin(angles: Tensor) -> Tensor:
    """`(frame, point)` degrees -> `(frame, bin)`, which share of the points is in which bin."""
    n_bins = len(BINS) - 1
    bins = torch.bucketize(angles, BINS[1:-1])
    frame = torch.arange(len(angles))[:, None] * n_bins
    counts = torch.bincount((frame + bins).flatten(), minlength=len(angles) * n_bins)
    return counts.view(len(angles), n_bins).double() / angles.shape[1]


def n_groups(points: Tensor, n_items: int) -> int:
    """How many places are taken: items closer than 2 degrees are one group, and so on in chains.

    Where even spacing is itself that narrow, a quarter of it in place of 2 degrees. Items of
    several views are as close as the nearest two of them.
    """
    even = 360 / n_items if points.shape[1] == 2 else math.degrees(math.sqrt(4 * math.pi / n_items))
    angles = angles_between(points, n_items)
    n_views = len(points) // n_items
    angles = angles.view(n_views, n_items, n_views, n_items).amin(dim=(0, 2))
    near = (angles < min(2, even / 4)) | torch.eye(n_items, dtype=torch.bool)
    group = torch.arange(n_items)
    while True:
        lowest = torch.where(near, group, n_items).amin(dim=1)
        if torch.equal(lowest, group):
            return len(group.unique())
        group = lowest
