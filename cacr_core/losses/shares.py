"""Pulls of a row as shares of their sum, for losses that have no softmax to show."""

from __future__ import annotations

import torch
from torch import Tensor


def as_shares(sizes: Tensor) -> Tensor:
    """Each row of `(query, n)`, none below 0, over its sum; alike where all of it is 0."""
    total = sizes.sum(dim=1, keepdim=True)
    alike = torch.full_like(sizes, 1 / sizes.shape[1])
    return torch.where(total > 0, sizes / total.clamp_min(1e-30), alike)
