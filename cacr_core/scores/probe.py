"""A linear probe: multinomial logistic regression on frozen features."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4)
MAX_STEPS = 100


@dataclass(frozen=True, eq=False)
class LinearProbe:
    """A fitted probe; call it with `(m, dim)` features for their classes `(m,)`.

    Args:
        weight: `(class, dim)`, of standardised features.
        bias: `(class,)`.
        mean, scale: `(dim,)` float64, of the features it was fitted on.
        penalty: What it was fitted with; larger is smoother.
    """

    weight: Tensor
    bias: Tensor
    mean: Tensor
    scale: Tensor
    penalty: float

    def __call__(self, x: Tensor) -> Tensor:
        return self.logits(x).argmax(1)

    def logits(self, x: Tensor) -> Tensor:
        """`(m, class)`."""
        return ((x - self.mean) / self.scale).float() @ self.weight.T + self.bias


def fit_probe(
    x: Tensor, labels: Tensor, n_classes: int | None = None, penalty: float | None = None
) -> LinearProbe:
    """The minimum of mean cross-entropy + penalty / 2 x squared weights, on standardised features.

    Args:
        x: `(n, dim)` features.
        labels: `(n,)`, 0 or more.
        n_classes: None for as many as the labels tell.
        penalty: None for the one of `PENALTIES` that scores best on a fifth of the points, after
            being fitted on the others; the points scored in the end have no part in it.

    Raises:
        ValueError: There are fewer than two points.
    """
    if len(x) < 2 or x.ndim != 2 or labels.shape != x.shape[:1]:
        raise ValueError(
            "A probe is fitted on two or more labelled points, got features of shape "
            f"{tuple(x.shape)} and labels of shape {tuple(labels.shape)}."
        )
    n_classes = n_classes or int(labels.max()) + 1
    x = x.double()
    mean, scale = x.mean(0), x.std(0, correction=0)
    scale = torch.where(scale > 1e-6 * scale.max(), scale, 1)  # what never changes is left alone
    x = (x - mean) / scale
    axes = _axes(x).float()
    x = x.float() @ axes  # along these directions a step of one size suits all, see _fit
    start = torch.zeros(n_classes, x.shape[1] + 1)
    if penalty is None:
        penalty, start = _best_penalty(x, labels, start)
    weights = _fit(x, labels, start, penalty)
    return LinearProbe(weights[:, :-1] @ axes.T, weights[:, -1], mean, scale, penalty)


def _axes(x: Tensor) -> Tensor:
    """`(dim, axis)`: uncorrelated directions of `x` `(n, dim)`. Of few points only those they span:
    there the penalised minimum lies, and products of points are far fewer than of features."""
    n, dim = x.shape
    if 2 * n > dim:
        x = x.float()
        return torch.linalg.eigh(x.T @ x / n).eigenvectors
    squares, directions = torch.linalg.eigh(x @ x.T)
    spanned = squares > 1e-9 * squares.max()
    return x.T @ (directions[:, spanned] / squares[spanned].sqrt())


def _best_penalty(x: Tensor, labels: Tensor, weights: Tensor) -> tuple[float, Tensor]:
    """By points held back, from the largest down as long as it does not get worse, and the
    weights it led to; of equals the largest, whose probe is the smoothest."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    held_back, rest = order.split([max(1, len(x) // 5), len(x) - max(1, len(x) // 5)])
    best, chosen = -1, (PENALTIES[0], weights)
    for penalty in PENALTIES:
        weights = _fit(x[rest], labels[rest], weights, penalty)
        guess = (x[held_back] @ weights[:, :-1].T + weights[:, -1]).argmax(1)
        right = int((guess == labels[held_back]).sum())
        if right < best:
            break
        if right > best:
            best, chosen = right, (penalty, weights)
    return chosen


def _fit(x: Tensor, labels: Tensor, start: Tensor, penalty: float) -> Tensor:
    """`(class, dim + 1)`, the bias last and not penalised; by L-BFGS from `start`.

    Solved for weights in units of what the loss curves by along each direction of `x`, which are
    uncorrelated: the same minimum in a tenth of the steps.
    """
    n_classes = len(start)
    curvature = x.square().mean(0) * (n_classes - 1) / n_classes**2 + penalty
    unit = torch.cat([curvature.clamp_min(1e-12).rsqrt(), torch.ones(1)])
    scaled = x * unit[:-1]
    weights = (start / unit).requires_grad_(True)
    solver = torch.optim.LBFGS(
        [weights],
        max_iter=MAX_STEPS,
        tolerance_grad=1e-5,
        tolerance_change=1e-9,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        solver.zero_grad()
        logits = scaled @ weights[:, :-1].T + weights[:, -1]
        size = (weights * unit)[:, :-1].square().sum()
        value = cross_entropy(logits, labels) + penalty / 2 * size
        value.backward()
        return value

    with torch.enable_grad():
        solver.step(loss)
    return weights.detach() * unit
