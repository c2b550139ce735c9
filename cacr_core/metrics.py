"""Figures of merit of embeddings and of weights."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from cacr_core.pairs import pair_views


def alignment(z: Tensor) -> float:
    """Mean squared distance of positive pairs, in [0, 4]; lower is better aligned.

    Source: Wang & Isola 2020, https://arxiv.org/abs/2005.10242 (alpha = 2).

    Args:
        z: `(view, item, dim)`, unit rows.
    """
    return pair_views(z).pos.mean().item()


def uniformity(x: Tensor, t: float = 2.0) -> float:
    """Log of the mean of exp(-t d) over pairs of points; lower is more uniform, 0 is collapsed.

    Source: Wang & Isola 2020, https://arxiv.org/abs/2005.10242.

    Args:
        x: `(item, dim)`, unit rows.
        t: Sharpness of the kernel.
    """
    return torch.pdist(x.float()).pow(2).mul(-t).exp().mean().log().item()


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

    Source: Roy & Vetterli 2007.

    Args:
        x: `(item, dim)`; the mean is taken out first.
    """
    x = x.double()
    values = torch.linalg.eigvalsh((x - x.mean(0)).T @ (x - x.mean(0))).clamp_min(0).sqrt()
    if values.sum() < 1e-9:
        return 1.0
    return effective_number((values / values.sum())[None]).item()


def knn_accuracy(
    bank: Tensor, bank_labels: Tensor, x: Tensor, labels: Tensor, n_neighbors: int = 10
) -> float:
    """Share of points whose nearest bank entries vote for their class, as `knn_correct` has it.

    Chance is 1 / number of classes when the classes are balanced.
    """
    return knn_correct(bank, bank_labels, x, labels, n_neighbors).float().mean().item()


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
    bank: Tensor, bank_labels: Tensor, x: Tensor, labels: Tensor, n_neighbors: int = 10
) -> Tensor:
    """`(m,)` bool: whether a point's nearest bank entries, by cosine, vote for its class.

    Votes are weighed by similarity so that ties are rare.

    Args:
        bank: `(n, dim)`.
        bank_labels: `(n,)`.
        x: `(m, dim)`, held-out points.
        labels: `(m,)`.
    """
    similarity = normalize(x.float(), dim=1) @ normalize(bank.float(), dim=1).T
    value, index = similarity.topk(min(n_neighbors, len(bank)), dim=1)
    n_classes = int(max(bank_labels.max(), labels.max())) + 1
    votes = one_hot(bank_labels[index], n_classes) * (1 + value[..., None])
    return votes.sum(1).argmax(1) == labels
