"""How two networks of one form differ: singular values of the difference of each weight.

A change of few directions leaves most of a layer as it was; one of many is as if drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

LARGEST_SIDE = 4096  # of the smaller side of a matrix whose singular values are worked out
HELD = 0.9  # of the squared change, by the fewest directions

Progress = Callable[[int, int], None]


class LayerChange(NamedTuple):
    """One weight in both.

    Args:
        relative: |B - A| / |A| in Euclidean norms; infinite where A is all zeros.
        values: `(min(out, rest),)` float64, singular values of B - A, largest first; a convolution
            is a matrix of its outputs by all else.
        n_held: The fewest directions that hold nine tenths of the squared change; 0 without one.
    """

    name: str
    relative: float
    values: np.ndarray
    n_held: int


class LayerChanges(NamedTuple):
    """The weights of both, and which of them were left out.

    Args:
        layers: In the order of A.
        not_finite: Names of those with NaN or an infinite number in either.
        too_large: Names of those whose smaller side is above 4,096: they would take minutes each.
    """

    layers: list[LayerChange]
    not_finite: list[str]
    too_large: list[str]


def layer_changes(
    a: Mapping[str, Tensor], b: Mapping[str, Tensor], progress: Progress | None = None
) -> LayerChanges:
    """Every weight of two axes or more that has one shape in both.

    Args:
        progress: Called with (layers done, all); what it raises ends the work.
    """
    names = [
        name for name, x in a.items()
        if x.ndim > 1 and name in b and b[name].shape == x.shape and x.is_floating_point()
    ]  # fmt: skip
    found = LayerChanges([], [], [])
    for done, name in enumerate(names, 1):
        if not bool(a[name].isfinite().all() and b[name].isfinite().all()):
            found.not_finite.append(name)
        elif min(a[name].flatten(1).shape) > LARGEST_SIDE:
            found.too_large.append(name)
        else:
            before, after = (side[name].flatten(1).double() for side in (a, b))
            found.layers.append(_change(name, before, after))
        if progress:
            progress(done, len(names))
    return found


def _change(name: str, before: Tensor, after: Tensor) -> LayerChange:
    values = singular_values_of(after - before)
    size, squares = float(before.norm()), values**2
    total = float(squares.sum())
    n_held = int((squares.cumsum() < (HELD - 1e-12) * total).sum()) + 1 if total > 0 else 0
    relative = np.sqrt(total) / size if size else (np.inf if total else 0.0)
    return LayerChange(name, float(relative), values, n_held)


def singular_values_of(matrix: Tensor) -> np.ndarray:
    """`(min(rows, columns),)` float64, largest first, from the products of the shorter side."""
    square = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    values = torch.linalg.eigvalsh(square).flip(0).clamp_min(0).sqrt()
    return np.asarray(values.numpy())
