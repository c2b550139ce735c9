"""What a loss does to its pairs, by autograd: the same few lines for every loss."""

from __future__ import annotations

import torch

from cacr_core.losses.labels import with_labels
from cacr_core.losses.record import Loss
from cacr_core.pairs import Pairs


def loss_of_guessing(loss: Loss, n_pos: int, n_neg: int) -> float:
    """The value of a loss for queries to which no sample is nearer than another.

    All pairs are as far apart as unrelated images, d = 2: `log(1 + n_neg)` of InfoNCE and SSCL,
    `2 (alpha - beta)` of CACR with the Euclidean cost, but where it is debiased as released.

    Args:
        n_pos: Positives of a query.
        n_neg: Its negatives, synthetic ones included.
    """
    far = Pairs(*(torch.full((1, n), 2.0, dtype=torch.float64) for n in (n_pos, n_neg)))
    return loss(far).total.item()


def guessing_with_labels(loss: Loss, n_pos: int, own_class: torch.Tensor) -> float:
    """`loss_of_guessing` of a loss that is told the labels of a batch.

    Args:
        own_class: `(query, M)` bool, of `pairs.own_class`.
    """
    n_queries, n_neg = own_class.shape
    far = own_class.new_full((n_queries, n_pos + n_neg), 2, dtype=torch.float64)
    return with_labels(loss, own_class)(Pairs(far[:, :n_pos], far[:, n_pos:])).total.item()


def pair_pulls(loss: Loss, pairs: Pairs) -> Pairs:
    r"""How hard `loss` pulls each pair together: $\partial L / \partial d$, shaped as `pairs`.

    Above 0 draws the two samples together, below 0 drives them apart. L is the mean over
    queries: multiply by the number of queries to compare with formulas of a single one.
    """
    leaves = Pairs(*(d.detach().requires_grad_() for d in pairs))
    with torch.enable_grad():
        total = loss(leaves).total
    return Pairs(*torch.autograd.grad(total, leaves))
