"""UMAP of a moving cloud, each answer near the one before."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np

from cacr_core.layouts.linear import checked, principal, procrustes
from cacr_core.layouts.measures import trustworthiness
from cacr_core.neighbours import distinct, finer_ranks, nearest

COLD_EPOCHS = 250
CALM_EPOCHS, URGENT_EPOCHS = 18, 120
CALM_RATE, URGENT_RATE = 0.25, 1.0  # UMAP's learning rate; its own default is 1
COLD_SPREAD = 5.0  # of the layout that a fit begins with, in UMAP's own units
FEWEST_POINTS = 5  # below, a cloud has no neighbourhoods and PCA says all
FINE_GRAIN = 0.05  # structure finer than this share of a cloud's spread may change unheeded


class SteadyUMAP:
    """UMAP of a moving cloud: every layout starts from the last one and is carried onto it.

    A layout is centred on 0 and its spread (root mean square distance from the centre) is 1, so
    axes can stay fixed; clouds of fewer than 5 places are drawn by PCA, and points that are one
    but for rounding have one place. The first call and another number of points make a cold fit,
    which starts from PCA; so do data that share hardly a neighbour with the last fit, where that
    drew the neighbours of now elsewhere. Any other call spends a few gentle epochs, and more and
    bolder ones the more the data have changed. A cloud drawn by PCA is no fit: the next call goes
    on from the one before it.

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
        self._ranks = np.empty(0, np.intp)

    def layout(self, x: np.ndarray) -> np.ndarray:
        """`(n, dim)` -> float32 `(n, 2)`, centred on 0, of spread 1."""
        x = checked(x)
        if len(self._ranks) != len(x):
            self._ranks, self._last = np.zeros(len(x), np.intp), None
        self._ranks = finer_ranks(self._ranks, x)
        order = np.argsort(self._ranks, kind="stable")
        back = np.argsort(order)
        last = self._last and self._last.permuted(order, back)
        xy, fit = self._layout_in_order(x[order], last)
        self._last = fit and fit.permuted(back, order)
        return xy[back]

    __call__ = layout

    def go_on_from(self, x: np.ndarray, xy: np.ndarray) -> None:
        """Take `xy` `(n, 2)` for the last answer, and `x` `(n, dim)` for what it was an answer to.

        So a layout that was kept is gone on with by an object that did not make it.
        """
        x, xy = checked(x), checked(xy)
        if xy.shape != (len(x), 2):
            raise ValueError(f"{len(x)} points need as many places (n, 2), got {xy.shape}.")
        self._ranks, self._last = finer_ranks(np.zeros(len(x), np.intp), x), None
        order = np.argsort(self._ranks, kind="stable")
        x, xy = x[order], COLD_SPREAD * _unit_spread(xy[order])
        first, which = distinct(x)
        if len(first) >= FEWEST_POINTS and _spread(xy) > 0:
            _, _, rows_near, grain = self._neighbours(x, first, which)
            fit = _Fit(xy, rows_near, _reach(xy, rows_near), grain, urgency=0.0)
            self._last = fit.permuted(np.argsort(order), order)

    def _layout_in_order(self, x: np.ndarray, last: _Fit | None) -> tuple[np.ndarray, _Fit | None]:
        """The layout of rows that stand in an order of their own, and the fit to go on from."""
        first, which = distinct(x)
        places = x[first]
        if len(first) < FEWEST_POINTS:
            return _unit_spread(principal(places, 2)[which]), last
        near, distances, rows_near, grain = self._neighbours(x, first, which)
        if last is None or last.is_of_other_data(rows_near):
            start, epochs, rate, urgency = self._cold_start(places), COLD_EPOCHS, URGENT_RATE, 0.0
            if last is not None:
                start = procrustes(start, last.xy[first])
        else:
            start, urgency = last.xy[first], last.urgency_of(rows_near, grain)
            epochs = round(CALM_EPOCHS + urgency * (URGENT_EPOCHS - CALM_EPOCHS))
            # On a small layout (few points, no clusters yet) the same step would be a larger jump.
            calm = min(CALM_RATE, _spread(start) / 80)
            rate = calm + urgency * (URGENT_RATE - calm)
        xy = _optimise(start, near, distances, epochs, rate, self.min_dist, self.seed)
        xy = procrustes(xy, start)[which]
        return _unit_spread(xy), _Fit(xy, rows_near, _reach(xy, rows_near), grain, urgency)

    def _neighbours(
        self, x: np.ndarray, first: np.ndarray, which: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Neighbours of places and how far they are, neighbours of rows, and the data's grain."""
        near, distances = nearest(x[first], min(self.n_neighbors, len(first)) - 1, self.seed)
        return near, distances, first[near][which], float(np.median(distances)) / _spread(x)

    def _cold_start(self, x: np.ndarray) -> np.ndarray:
        noise = np.random.default_rng(self.seed).normal(scale=1e-3, size=(len(x), 2))
        return (COLD_SPREAD * _unit_spread(principal(x, 2)) + noise).astype(np.float32)


@dataclass(frozen=True)
class _Fit:
    """What a `SteadyUMAP` remembers of its last fit."""

    xy: np.ndarray  # (n, 2), in UMAP's own units
    near: np.ndarray  # (n, k), the neighbours it was fitted to
    reach: float  # how far apart it draws them, as a share of its spread
    grain: float  # how far apart they are in the data, likewise
    urgency: float  # 0..1, of the call that made it

    def permuted(self, order: np.ndarray, back: np.ndarray) -> _Fit:
        """The same of rows taken in another order; `back` is its inverse."""
        return replace(self, xy=self.xy[order], near=back[self.near[order]])

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


def warm_up() -> None:
    """Pay for numba's compilation (about ten seconds of a core a process) before anyone waits."""
    x = np.random.default_rng(0).normal(size=(64, 8)).astype(np.float32)
    umap = SteadyUMAP()
    trustworthiness(x, umap.layout(x))
    umap.layout(x)


def _spread(xy: np.ndarray) -> float:
    """Root mean square distance from the centre."""
    return float(np.sqrt(((xy - xy.mean(0)) ** 2).sum(1).mean()))


def _unit_spread(xy: np.ndarray) -> np.ndarray:
    return ((xy - xy.mean(0)) / max(_spread(xy), 1e-12)).astype(np.float32)


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
