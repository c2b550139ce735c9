"""Figures of merit of embeddings and of weights."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar

import torch
from torch import Tensor

from cacr_core.neighbours import nearest_by_cosine
from cacr_core.pairs import positives

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def _in_float32(measure: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """The same measure, the same number inside a caller's autocast as outside."""

    @functools.wraps(measure)
    def exact(*given: Given.args, **named: Given.kwargs) -> Answer:
        first = next(v for v in (*given, *named.values()) if isinstance(v, Tensor))
        with torch.autocast(first.device.type, enabled=False):
            return measure(*given, **named)

    return exact


def alignment(z: Tensor) -> float:
    """Mean squared distance of positive pairs, in [0, 4]; lower is better aligned.

    Source: Wang & Isola 2020, https://arxiv.org/abs/2005.10242 (alpha = 2).

    Args:
        z: `(view, item, dim)`, unit rows.
    """
    return positives(z).mean().item()


@_in_float32
def uniformity(x: Tensor, t: float = 2.0) -> float:
    """Log of the mean of exp(-t d) over pairs of points; lower is more uniform, 0 is collapsed.

    Source: Wang & Isola 2020, https://arxiv.org/abs/2005.10242.

    Args:
        x: `(item, dim)`, unit rows.
        t: Sharpness of the kernel.
    """
    x = x.float().cpu()  # MPS has no pdist
    return torch.pdist(x).pow(2).mul(-t).exp().mean().log().item()


def weight_entropy(weights: Tensor) -> Tensor:
    """`(query,)` entropy of each row of weights in nats; log M means uniform.

    Args:
        weights: `(query, M)`, rows sum to 1.
    """
    return -torch.xlogy(weights, weights).sum(dim=1)


def effective_number(weights: Tensor) -> Tensor:
    """`(query,)`, how many equally weighed samples would have the entropy of each row."""
    return weight_entropy(weights).exp()


def effective_rank(x: Tensor) -> float:
    """How many directions the points use: exp of the entropy of the singular values' shares.

    What all points have in common is one of the directions, so a cloud that has collapsed into one
    place reads 1, however the little that is left of it is spread.

    Source: Roy & Vetterli 2007; Garrido et al. 2023 (RankMe), https://arxiv.org/abs/2210.02885.

    Args:
        x: `(item, dim)`.
    """
    values = singular_values(x, centred=False)
    if values.sum() < 1e-9:
        return 1.0
    return effective_number((values / values.sum())[None]).item()


@_in_float32
def singular_values(x: Tensor, centred: bool = True) -> Tensor:
    """`(min(item, dim),)` float64 of the points, on the CPU, largest first.

    Of points around their mean the squares divided by their sum are the shares of variance: the
    spectrum.

    Args:
        x: `(item, dim)`.
        centred: Whether the mean is taken out first.
    """
    x = x.cpu().double()  # MPS has no float64
    x = x - x.mean(0) if centred else x
    products = x.T @ x if x.shape[1] <= x.shape[0] else x @ x.T
    return torch.linalg.eigvalsh(products).clamp_min(0).sqrt().flip(0)


def knn_accuracy(
    bank: Tensor,
    bank_labels: Tensor,
    x: Tensor,
    labels: Tensor,
    n_neighbors: int = 10,
    temperature: float | None = None,
) -> float:
    """Share of points whose nearest bank entries vote for their class, as `knn_correct` has it.

    Chance is 1 / number of classes when the classes are balanced.
    """
    right = knn_correct(bank, bank_labels, x, labels, n_neighbors, temperature)
    return right.float().mean().item()


def class_accuracies(correct: Tensor, labels: Tensor, n_classes: int) -> Tensor:
    """`(class,)`, the share of right answers in each class; NaN for a class without points.

    Args:
        correct: `(m,)` bool.
        labels: `(m,)`; points with a label below 0 count for no class.
    """
    correct, labels = correct[labels >= 0], labels[labels >= 0]
    right = torch.bincount(labels[correct], minlength=n_classes)
    return right.double() / torch.bincount(labels, minlength=n_classes)


def knn_correct(
    bank: Tensor,
    bank_labels: Tensor,
    x: Tensor,
    labels: Tensor,
    n_neighbors: int = 10,
    temperature: float | None = None,
) -> Tensor:
    """`(m,)` bool: whether `knn_classes` says a point's own class.

    Args:
        labels: `(m,)`, of the points.
    """
    return knn_classes(bank, bank_labels, x, n_neighbors, temperature) == labels


@_in_float32
def knn_classes(
    bank: Tensor,
    bank_labels: Tensor,
    x: Tensor,
    n_neighbors: int = 10,
    temperature: float | None = None,
) -> Tensor:
    """`(m,)`, the class that a point's nearest bank entries, by cosine, vote for.

    Votes are weighed by similarity so that ties are rare: by 1 + s, or by exp(s / temperature) as
    Wu et al. 2018 (https://arxiv.org/abs/1805.01978) and the papers after them do, with 200
    neighbours and temperature 0.07.

    Args:
        bank: `(n, dim)`.
        bank_labels: `(n,)`, 0 or more.
        x: `(m, dim)`, held-out points.
        n_neighbors: How many vote; all of the bank where it has fewer.
        temperature: Smaller gives the nearest more; None weighs by 1 + s.
    """
    value, index = nearest_by_cosine(x, n_neighbors, bank)
    # one factor for all of a point's votes, so that no exponential overflows
    votes = 1 + value if temperature is None else ((value - value[:, :1]) / temperature).exp()
    of_class = votes.new_zeros(len(x), int(bank_labels.max()) + 1)
    return of_class.scatter_add_(1, bank_labels[index], votes).argmax(1)


def confusion(said: Tensor, labels: Tensor, n_classes: int) -> Tensor:
    """`(class, class)` int64: how many points of the row's class were said to be the column's.

    Points with a label below 0 count for no class.
    """
    said, labels = said[labels >= 0], labels[labels >= 0]
    counts = torch.bincount(labels * n_classes + said, minlength=n_classes**2)
    return counts.view(n_classes, n_classes)


class Share(NamedTuple):
    """A share of n with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


def share(n_right: int, n: int, z: float = 1.96) -> Share:
    """A share with Wilson's interval: of the images scored, not of the luck of training.

    It stays within 0..1 and is not empty where all or none are right. Without points the share is
    NaN and the interval everything.

    Source: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Args:
        z: Of the normal distribution; 1.96 for 95 %.
    """
    if n == 0:
        return Share(math.nan, 0.0, 1.0, 0)
    p, spread = n_right / n, z * z / n
    middle = (p + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(p * (1 - p) / n + spread / n / 4)
    low = middle - half if n_right else 0.0
    return Share(p, low, middle + half if n_right < n else 1.0, n)
