"""How a set of features lies in its space, in numbers that can be compared between encoders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cacr_core.metrics import alignment, effective_rank, singular_values, uniformity
from cacr_core.neighbours import of_length_one

ITEMS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Spread:
    """Numbers of one set of features.

    Args:
        dim: Width of the features.
        effective_rank: Directions in use, 1 to dim.
        spectrum: `(min(n, dim),)`, shares of variance, largest first; zeros if collapsed.
        uniformity: Of the features on the unit sphere; lower is more uniform.
        alignment: Mean squared distance of views there, 0 to 4; None without views.
    """

    dim: int
    effective_rank: float
    spectrum: Tensor
    uniformity: float
    alignment: float | None


def spread_of(x: Tensor, views: Sequence[Tensor] = ()) -> Spread:
    """The numbers of features `(n, dim)`.

    Args:
        views: Features of two or more augmented views of the same images, each `(n, dim)`.
    """
    values = singular_values(x)
    variance = values.square()
    total = float(variance.sum())
    aligned = None
    if len(views) > 1:
        z = torch.stack([of_length_one(view) for view in views])
        parts = z.split(ITEMS_AT_ONCE, dim=1)  # it needs no pair of two images
        aligned = sum(alignment(part) * part.shape[1] for part in parts) / z.shape[1]
    return Spread(
        dim=x.shape[1],
        effective_rank=effective_rank(x),
        spectrum=variance / total if total > 0 else variance,
        uniformity=uniformity(of_length_one(x)),
        alignment=aligned,
    )
