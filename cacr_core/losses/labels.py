"""Losses that are told labels: which they are, and how they are told.

Such a loss has `needs_labels = True` and takes a second argument, which negatives are of the
query's own class. It refuses to do without, so no loss is told by default or by mistake.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cacr_core.losses.record import Loss

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs

LABELS_ENTER = "Labels enter this loss: it is told the class of every image."


def needs_labels(loss: Loss | type) -> bool:
    """Whether labels enter this loss."""
    return bool(getattr(loss, "needs_labels", False))


def with_labels(loss: Loss, own_class: Tensor) -> Loss:
    """The loss as a function of pairs alone, told the labels if it needs them.

    Args:
        own_class: `(query, M)` bool, of `pairs.own_class`.
    """
    told: Any = loss
    if needs_labels(loss):
        told = partial(told, own_class=own_class)
    return told


def require_labels(loss: Loss, labels: Tensor, of: str) -> None:
    """Refuse a loss that needs labels where they tell no two images apart.

    Args:
        labels: `(item,)`, below 0 where unknown.
        of: Whose labels they are.
    """
    n_classes = len(labels[labels >= 0].unique())
    if needs_labels(loss) and n_classes < 2:
        raise ValueError(
            f"{type(loss).__name__} is told the class of every image and needs two or more, and "
            f"{of} are of {n_classes}. Take a loss that needs none, such as InfoNCE, or other "
            "images."
        )


def checked_own_class(loss: Loss, pairs: Pairs, own_class: Tensor | None) -> Tensor:
    """What a loss was told, or why it is not enough, in a sentence."""
    name = type(loss).__name__
    if own_class is None:
        raise ValueError(
            f"{name} is told which negatives are of the query's own class, and these points have "
            "no labels. Take a loss that needs none, such as InfoNCE."
        )
    if own_class.shape != pairs.neg.shape:
        raise ValueError(
            f"{name} is told the class of each of the {pairs.neg.shape[1]} negatives of "
            f"{len(pairs.neg)} queries, got {tuple(own_class.shape)}. A queue's and synthetic "
            "negatives have no class: leave them out."
        )
    return own_class
