"""Embeddings of any dimension drawn in the plane, each answer near the one before.

`SteadyPCA` costs milliseconds and is linear; `SteadyUMAP` shows neighbourhoods, for about a tenth
of a second a frame once `warm_up` has paid for numba's compilation. Both are objects with a memory:
call them with `(n, dim)`, rows in the same order every time, and they answer `(n, 2)`.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

COLD_EPOCHS = 250
CALM_EPOCHS, URGENT_EPOCHS = 18, 120
CALM_RATE, URGENT_RATE = 0.25, 1.0  # UMAP's learning rate; its own default is 1
FEWEST_POINTS = 5  # below, a cloud has no neighbourhoods and PCA says all
FINE_GRAIN = 0.05  # structure finer than this share of a cloud's spread may change unheeded
ROWS_AT_ONCE = 512


class SteadyPCA:
    """The plane (or space) of largest variance, turned to lie near the last answer."""

    def __init__(self, dims: int = 2) -> None:
        if dims not in (2, 3):
            raise ValueError(f"dims must be 2 or 3, got {dims}.")
        self.dims = dims
        self._last: np.ndarray | None = None

    def layout(self, x: np.ndarray) -> np.ndarray:
        """`(n, dim)` -> float32 `(n, dims)`, in the units of `x`, centred on 0."""
        x = _checked(x)
        xy = _principal(x, self.dims)
        if self._last is not None and self._last.shape == xy.shape:
            xy = procrustes(xy, self._last)
        self._last = xy
        return xy.copy()

    __call__ = layout


class SteadyUMAP:
    """UMAP of a moving cloud: every layout starts from the last one and is carried onto it.

    A layout is centred on 0 and its spread (root mean square distance from the centre) is 1, so
    axes can stay fixed; clouds of fewer than 5 points are drawn by PCA, and a collapsed cloud is
    one point. The first call, another number of points, and data that share hardly a neighbour
    with the last call make a cold fit, which starts from PCA. Any other call spends a few gentle
    epochs, and more and bolder ones the more the data have changed.

    Args:
        n_neighbors: Neighbours of a point, itself included; more shows coarser structure.
        min_dist: Smaller packs neighbours tighter.
        seed: Same seed and same calls, same answers.
    """

    def __init__(self, n_neighbors: int = 15, min_dist: float = 0.1, seed: int = 0) -> None:
        if n_neighbors < 2:
            raise ValueError(f"n_neighbors must be 2 or more, got {n_neighbors}.")
        if not 0 <= min_dist <= 1:
            raise ValueError(f"min_dist must lie in 0..1, got {min_dist}.")
        self.n_neighbors = n_neighbors
        self.min_dist = min_dist
        self.seed = seed
        self._last: _Fit | None = None

    def layout(self, x: np.ndarray) -> np.ndarray:
        """`(n, dim)` -> float32 `(n, 2)`, centred on 0, of spread 1."""
        x = _checked(x)
        last, self._last = self._last, None
        if _collapsed(x):
            return np.zeros((len(x), 2), np.float32)
        if len(x) < FEWEST_POINTS:
            return _unit_spread(_principal(x, 2))
        near, distances = _nearest(x, min(self.n_neighbors, len(x)) - 1)
        grain = float(np.median(distances)) / _spread(x)
        if last is not None and len(last.xy) != len(x):
            last = None
        if last is None or last.is_of_other_data(near):
            start, epochs, rate, urgency = self._cold_start(x, last), COLD_EPOCHS, URGENT_RATE, 0.0
        else:
            start, urgency = last.xy, last.urgency_of(near, grain)
            epochs = round(CALM_EPOCHS + urgency * (URGENT_EPOCHS - CALM_EPOCHS))
            # On a small layout (few points, no clusters yet) the same step would be a larger jump.
            calm = min(CALM_RATE, _spread(start) / 80)
            rate = calm + urgency * (URGENT_RATE - calm)
        xy = _optimise(start, near, distances, epochs, rate, self.min_dist, self.seed)
        xy = procrustes(xy, start)
        self._last = _Fit(xy, near, _reach(xy, near), grain, urgency)
        return _unit_spread(xy)

    __call__ = layout

    def _cold_start(self, x: np.ndarray, last: "_Fit | None") -> np.ndarray:
        noise = np.random.default_rng(self.seed).normal(scale=1e-3, size=(len(x), 2))
        start = (5 * _unit_spread(_principal(x, 2)) + noise).astype(np.float32)
        return start if last is None else procrustes(start, last.xy)


@dataclass(frozen=True)
class _Fit:
    """What a `SteadyUMAP` remembers of its last call."""

    xy: np.ndarray  # (n, 2), in UMAP's own units
    near: np.ndarray  # (n, k), the neighbours it was fitted to
    reach: float  # how far apart it draws them, as a share of its spread
    grain: float  # how far apart they are in the data, likewise
    urgency: float  # 0..1, of the call that made it

    def is_of_other_data(self, near: np.ndarray) -> bool:
        """Whether hardly a neighbour is left, and those of now are drawn elsewhere."""
        kept = (near[:, :, None] == self.near[:, None, :]).any(2).mean()
        return bool(kept < 0.1 and self._reach_change(near) > 0.3)

    def urgency_of(self, near: np.ndarray, grain: float) -> float:
        """How much the data have changed, 0 (at most noise) to 1.

        Read from two lengths that noise leaves alone, although it swaps most neighbours in a
        tight cluster: how far apart this layout draws the neighbours of now, and how far apart
        neighbours are in the data. Half of the urgency of one call lasts into the next, to
        finish what it began.
        """
        change = max(self._reach_change(near), _change(self.grain, grain))
        return max(float(np.clip(3 * (change - 0.04), 0, 1)), self.urgency / 2)

    def _reach_change(self, near: np.ndarray) -> float:
        return _change(self.reach, _reach(self.xy, near))


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


def trustworthiness(
    x: np.ndarray, xy: np.ndarray, n_neighbors: int = 10, sample: int = 500, seed: int = 0
) -> float:
    """Share of layout neighbours that are true ones, 0..1, by rank (Venna and Kaski 2001).

    Of a fixed random sample of points; nan below 3 points, where nothing can be said.
    """
    from sklearn.manifold import trustworthiness as of_all

    chosen = np.arange(len(x))
    if len(x) > sample:
        chosen = np.sort(np.random.default_rng(seed).choice(len(x), sample, replace=False))
    k = min(n_neighbors, (len(chosen) - 1) // 2)
    return float(of_all(x[chosen], xy[chosen], n_neighbors=k)) if k > 0 else float("nan")


def neighbour_agreement(x: np.ndarray, labels: np.ndarray, n_neighbors: int = 10) -> np.ndarray:
    """Share of each point's nearest others, by cosine, with its label: float32 `(n,)`, 0..1.

    A lone point has nobody to agree with: 0.

    Args:
        x: `(n, dim)`, in the original space.
        labels: `(n,)`.
    """
    x, labels = _checked(x), np.asarray(labels)
    if labels.shape != (len(x),):
        raise ValueError(f"{len(x)} points need as many labels, got shape {labels.shape}.")
    x = x / np.linalg.norm(x, axis=1, keepdims=True).clip(1e-12)
    if len(x) < 2:
        return np.zeros(len(x), np.float32)
    near, _ = _nearest(x, min(n_neighbors, len(x) - 1))
    return (labels[near] == labels[:, None]).mean(1, dtype=np.float32)


def among_neighbours(
    points: np.ndarray, x: np.ndarray, xy: np.ndarray, n_neighbors: int = 5
) -> np.ndarray:
    """Where points that had no part in a layout belong in it: float32 `(m, 2)`.

    The mean position of the nearest rows of `x`, weighted by 1 / squared distance, so a
    point equal to a row lands on it.
    """
    points, x = _checked(points), _checked(x)
    squared = (points**2).sum(1)[:, None] + (x**2).sum(1) - 2 * points @ x.T
    k = min(n_neighbors, len(x))
    near = np.argpartition(squared, k - 1, axis=1)[:, :k]
    weights = 1 / (np.take_along_axis(squared, near, 1).clip(0) + 1e-6)
    weights /= weights.sum(1, keepdims=True)
    return np.einsum("mk,mkd->md", weights, xy[near]).astype(np.float32)


def warm_up() -> None:
    """Pay for numba's compilation (about ten seconds of a core a process) before anyone waits."""
    x = np.random.default_rng(0).normal(size=(64, 8)).astype(np.float32)
    umap = SteadyUMAP()
    trustworthiness(x, umap.layout(x))
    umap.layout(x)


PROJECTIONS: dict[str, Callable[[], SteadyPCA | SteadyUMAP]] = {
    "pca": SteadyPCA,
    "umap": SteadyUMAP,
}


def _checked(x: np.ndarray) -> np.ndarray:
    x = np.ascontiguousarray(x, np.float32)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"Points must be (n, dim) with 1 or more of each, got {x.shape}.")
    if not np.isfinite(x).all():
        raise ValueError("Points must be finite, got nan or infinity; has the training diverged?")
    return x


def _spread(xy: np.ndarray) -> float:
    """Root mean square distance from the centre."""
    return float(np.sqrt(((xy - xy.mean(0)) ** 2).sum(1).mean()))


def _collapsed(x: np.ndarray) -> bool:
    """Whether all points are one, but for rounding."""
    return float(np.ptp(x, axis=0).max()) <= 1e-5 * float(np.abs(x).max())


def _unit_spread(xy: np.ndarray) -> np.ndarray:
    return ((xy - xy.mean(0)) / max(_spread(xy), 1e-12)).astype(np.float32)


def _principal(x: np.ndarray, dims: int) -> np.ndarray:
    """Coordinates `(n, dims)` along the axes of largest variance; zeros where there are none."""
    centred = x - x.mean(0)
    if x.shape[1] > x.shape[0]:
        values, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))
        xy = vectors[:, ::-1][:, :dims] * np.sqrt(values[::-1][:dims].clip(0))
    else:
        _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        xy = centred @ vectors[:, ::-1][:, :dims]
    return np.pad(xy, ((0, 0), (0, dims - xy.shape[1]))).astype(np.float32)


def _nearest(x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The `k` nearest other rows, nearest first: indices int32 and distances, both `(n, k)`."""
    centred = x - x.mean(0)
    norms = (centred**2).sum(1)
    near = np.empty((len(x), k), np.int32)
    for first in range(0, len(x), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        squared = (-2 * centred[rows]) @ centred.T
        squared += norms
        squared[np.arange(len(squared)), np.arange(first, first + len(squared))] = np.inf
        near[rows] = np.argpartition(squared, k - 1, axis=1)[:, :k]
    distances = np.stack([np.linalg.norm(centred[of] - centred, axis=1) for of in near.T], 1)
    order = np.argsort(distances, axis=1)
    return np.take_along_axis(near, order, 1), np.take_along_axis(distances, order, 1)


def _reach(xy: np.ndarray, near: np.ndarray) -> float:
    """How far neighbours lie apart in a layout, as a share of its spread: the median point's."""
    away = np.linalg.norm(xy[near] - xy[:, None], axis=2).mean(1)
    return float(np.median(away)) / max(_spread(xy), 1e-12)


def _change(before: float, after: float) -> float:
    """Of a length, as a share of its cloud's spread: absolute log ratio, blind to what is fine."""
    return float(abs(np.log((after + FINE_GRAIN) / (before + FINE_GRAIN))))


def _optimise(
    start: np.ndarray,
    near: np.ndarray,
    distances: np.ndarray,
    epochs: int,
    rate: float,
    min_dist: float,
    seed: int,
) -> np.ndarray:
    """UMAP from `start` `(n, 2)` on known neighbours; `rate` falls to 0 over the epochs.

    Below the `UMAP` class, which would search neighbours again and stretch `start` to a square.
    """
    n, k = near.shape
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap.layouts import optimize_layout_euclidean
        from umap.umap_ import find_ab_params, fuzzy_simplicial_set, make_epochs_per_sample

        graph, _, _ = fuzzy_simplicial_set(
            near,  # only its length is read, as the neighbours are given
            k + 1,
            None,
            "euclidean",
            knn_indices=np.hstack([np.arange(n, dtype=np.int32)[:, None], near]),
            knn_dists=np.hstack([np.zeros((n, 1), np.float32), distances]),
        )
        graph = graph.tocoo()
        felt = graph.data >= graph.data.max() / epochs
        a, b = find_ab_params(1.0, min_dist)
        xy = np.array(start, np.float32, order="C")
        state = np.random.RandomState(seed).randint(-(2**31) + 1, 2**31 - 2, 3).astype(np.int64)
        return optimize_layout_euclidean(
            xy,
            xy,
            graph.row[felt],
            graph.col[felt],
            epochs,
            n,
            make_epochs_per_sample(graph.data[felt], epochs),
            a,
            b,
            state,
            initial_alpha=rate,
            move_other=True,
        )
