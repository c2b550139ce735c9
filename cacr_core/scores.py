"""How well features tell classes apart: neighbours and a linear probe, fitted on one set of images
and scored on another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from cacr_core.metrics import Share, confusion, knn_classes, share
from cacr_core.probe import fit_probe


@dataclass(frozen=True, eq=False)
class Score:
    """What was said of the images scored.

    Args:
        said: `(m,)`, a class for every image, also for those without a label.
        accuracy: Share of the labelled ones that is right, with Wilson's 95 % interval.
        by_class: The same for each class.
        confusion: `(class, class)` int64, rows are the true ones.
    """

    said: Tensor
    accuracy: Share
    by_class: tuple[Share, ...]
    confusion: Tensor


def knn_score(
    bank: Tensor,
    bank_labels: Tensor,
    x: Tensor,
    labels: Tensor,
    n_classes: int,
    n_neighbors: int = 10,
) -> Score:
    """By the vote of the nearest images of the bank, by cosine.

    Args:
        bank: `(n, dim)` features; those with a label below 0 have no vote.
        x: `(m, dim)`.

    Raises:
        ValueError: No image of the bank has a label.
    """
    return _score(
        lambda known, own: knn_classes(known, own, x, n_neighbors),
        bank, bank_labels, labels, n_classes,
    )  # fmt: skip


def probe_score(
    bank: Tensor, bank_labels: Tensor, x: Tensor, labels: Tensor, n_classes: int
) -> Score:
    """By a linear probe fitted on the bank, its penalty chosen there too.

    Args:
        bank: `(n, dim)` features; those with a label below 0 have no part.
        x: `(m, dim)`.

    Raises:
        ValueError: No image of the bank has a label.
    """
    return _score(
        lambda known, own: fit_probe(known, own, n_classes)(x),
        bank, bank_labels, labels, n_classes,
    )  # fmt: skip


def _score(
    say: Callable[[Tensor, Tensor], Tensor],
    bank: Tensor,
    bank_labels: Tensor,
    labels: Tensor,
    n_classes: int,
) -> Score:
    known = bank_labels >= 0
    if not known.any():
        raise ValueError(
            f"Classes are learnt from labelled images, none of these {len(bank)} has a label. "
            "Choose another dataset, or sort the folder's images into a folder a class."
        )
    said = say(bank[known], bank_labels[known])
    counts = confusion(said, labels, n_classes)
    right = torch.diagonal(counts)
    return Score(
        said,
        share(int(right.sum()), int(counts.sum())),
        tuple(share(int(r), int(n)) for r, n in zip(right, counts.sum(1), strict=True)),
        counts,
    )
