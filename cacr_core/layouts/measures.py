"""How far a layout is to be trusted, how large it is drawn, and where other points belong in it."""

from __future__ import annotations

import numpy as np

from cacr_core.layouts.linear import checked
from cacr_core.neighbours import order_of, shares_of_nearest, squared_distances


def framed(xy: np.ndarray, spread: float) -> np.ndarray:
    """A layout in the middle of a square from -1 to 1, its longer side `spread` of the square's.

    So a cloud's size says how far its images lie apart, on one scale for all runs and moments,
    where a layout by itself fills whatever room it is given.

    Args:
        xy: `(n, 2)`.
        spread: 0..1, as `evenness.relative_spread` has it.
    """
    low, high = xy.min(0), xy.max(0)
    reach = max(float((high - low).max()) / 2, 1e-12)
    return ((xy - (low + high) / 2) * (spread / reach)).astype(np.float32)


def trustworthiness(
    x: np.ndarray, xy: np.ndarray, n_neighbors: int = 10, sample: int = 500, seed: int = 0
) -> float:
    """Share of layout neighbours that are true ones, 0..1, by rank (Venna and Kaski 2001).

    Of a fixed random sample of points; nan below 3 points, where nothing can be said. Samples that
    lie equally far share the places among the neighbours, and a true neighbour is one to which
    fewer than `n_neighbors` are nearer: points in one place are neither praised nor blamed.
    """
    order = order_of(np.hstack([x, xy]).astype(np.float32))
    chosen = order
    if len(x) > sample:
        chosen = order[np.random.default_rng(seed).choice(len(x), sample, replace=False)]
    n = len(chosen)
    k = min(n_neighbors, (n - 1) // 2)
    if k < 1:
        return float("nan")
    itself = np.arange(n)
    squared, drawn = (
        np.concatenate([block for _, block in squared_distances(points, points)])
        for points in (x[chosen].astype(np.float64), xy[chosen].astype(np.float64))
    )
    squared[itself, itself] = drawn[itself, itself] = np.inf
    slack = 1e-6 * np.median(squared[np.isfinite(squared)])
    false = 0.0
    for own, shares in zip(squared, shares_of_nearest(drawn, k), strict=True):
        (near,) = np.nonzero(shares)
        rank = 1 + (own < own[near, None] - slack).sum(1)
        false += float(shares[near] @ np.maximum(0, rank - k))
    return float(1 - 2 * false / (n * k * (2 * n - 3 * k - 1)))


def neighbour_agreement(x: np.ndarray, labels: np.ndarray, n_neighbors: int = 10) -> np.ndarray:
    """Share of each point's nearest others, by cosine, with its label: float32 `(n,)`, 0..1.

    A lone point has nobody to agree with, nor has one without a label: 0.

    Args:
        x: `(n, dim)`, in the original space.
        labels: `(n,)`, below 0 where there is none.
    """
    x, labels = checked(x), np.asarray(labels)
    if labels.shape != (len(x),):
        raise ValueError(f"{len(x)} points need as many labels, got shape {labels.shape}.")
    x = x / np.linalg.norm(x, axis=1, keepdims=True).clip(1e-12)
    if len(x) < 2:
        return np.zeros(len(x), np.float32)
    k = min(n_neighbors, len(x) - 1)
    found = []
    for start, squared in squared_distances(x, x):
        rows = np.arange(len(squared))
        squared[rows, start + rows] = np.inf
        own = labels[start : start + len(rows), None]
        alike = (own == labels) & (own >= 0)
        found.append((shares_of_nearest(squared, k) * alike).sum(1) / k)
    return np.concatenate(found).astype(np.float32)


def among_neighbours(
    points: np.ndarray, x: np.ndarray, xy: np.ndarray, n_neighbors: int = 5
) -> np.ndarray:
    """Where points that had no part in a layout belong in it: float32 `(m, 2)`.

    The mean position of the nearest rows of `x`, weighted by 1 / squared distance, so a
    point equal to a row lands on it.
    """
    points, x = checked(points), checked(x)
    k = min(n_neighbors, len(x))
    placed = []
    for _, squared in squared_distances(points, x):
        weights = shares_of_nearest(squared, k) / (squared + 1e-6)
        placed.append(weights @ xy / weights.sum(1, keepdims=True))
    return np.concatenate(placed).astype(np.float32)
