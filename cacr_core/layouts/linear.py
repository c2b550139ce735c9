"""The plane or space of largest variance, and turning one cloud onto another."""

from __future__ import annotations

import numpy as np

from cacr_core.neighbours import order_of


class SteadyPCA:
    """The plane (or space) of largest variance, turned to lie near the last answer."""

    def __init__(self, dims: int = 2) -> None:
        if dims not in (2, 3):
            raise ValueError(f"dims must be 2 or 3, got {dims}.")
        self.dims = dims
        self._last: np.ndarray | None = None

    def layout(self, x: np.ndarray) -> np.ndarray:
        """`(n, dim)` -> float32 `(n, dims)`, in the units of `x`, centred on 0."""
        x = checked(x)
        order = order_of(x)
        xy = np.empty((len(x), self.dims), np.float32)
        xy[order] = principal(x[order], self.dims)
        if self._last is not None and self._last.shape == xy.shape:
            xy = procrustes(xy, self._last)
        self._last = xy
        return xy.copy()

    __call__ = layout


def procrustes(moving: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """`moving` `(n, dims)`, turned, mirrored and shifted (not scaled) to lie nearest to `fixed`.

    Schönemann 1966: the rotation is the polar factor of the cross-covariance.
    """
    if moving.shape != fixed.shape:
        raise ValueError(
            f"procrustes needs two clouds of one shape, got {moving.shape} and {fixed.shape}."
        )
    centred = moving - moving.mean(0)
    u, _, vt = np.linalg.svd(centred.T.astype(np.float64) @ (fixed - fixed.mean(0)))
    return (centred @ (u @ vt) + fixed.mean(0)).astype(np.float32)


def checked(x: np.ndarray) -> np.ndarray:
    x = np.ascontiguousarray(x, np.float32)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"Points must be (n, dim) with 1 or more of each, got {x.shape}.")
    if not np.isfinite(x).all():
        raise ValueError("Points must be finite, got nan or infinity; has the training diverged?")
    return x


def principal(x: np.ndarray, dims: int) -> np.ndarray:
    """Coordinates `(n, dims)` along the axes of largest variance; zeros where there are none."""
    centred = x - x.mean(0)
    if x.shape[1] > x.shape[0]:
        values, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))
        xy = vectors[:, ::-1][:, :dims] * np.sqrt(values[::-1][:dims].clip(0))
    else:
        _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        xy = centred @ vectors[:, ::-1][:, :dims]
    return np.pad(xy, ((0, 0), (0, dims - xy.shape[1]))).astype(np.float32)
