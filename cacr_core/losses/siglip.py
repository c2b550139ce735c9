"""The pairwise sigmoid loss: each pair is told apart by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch.nn.functional import logsigmoid, softplus

from cacr_core.losses.formulas import (
    LossRecord,
    _logits,
    _require_above,
    _unclamped,
)
from cacr_core.pairs import Pairs


@dataclass(frozen=True)
class SigLIP:
    r"""Pairwise sigmoid: for each pair by itself, is it a positive or not?

    $$ L = \textstyle\sum_k \log(1 + e^{-x_k}) + \sum_j \log(1 + e^{x_j}), \qquad
       x = t (1 - d/2) + b, $$

    summed over the positives k and the negatives j of a query, averaged over queries. No sample
    is weighed against another: the pull on one does not depend on the rest.

    The paper learns t and b, from these values on. A loss has no parameters of its own here, so
    both are fixed.

    Weights: there is no softmax. `pos_weights` and `neg_weights` are shares of the pull, of
    $\sigma(-x_k)$ and of $\sigma(x_j)$, among a query's positives and among its negatives.

    Source: Zhai et al. 2023, https://arxiv.org/abs/2303.15343, algorithm 1.

    Args:
        scale: $t > 0$. It multiplies similarities, so larger is sharper; a temperature divides.
        bias: $b$, added to each logit. Lower calls more pairs negatives beforehand: positives are
            pulled harder, negatives pushed less. With few negatives 0 serves as well.
    """

    scale: float = 10.0
    bias: float = -10.0

    def __post_init__(self) -> None:
        _require_above(self, 0, "scale")
        if not math.isfinite(self.bias):
            raise ValueError(f"bias must be a finite number, got {self.bias}.")

    def __call__(self, pairs: Pairs) -> LossRecord:
        x_pos, x = (x + self.bias for x in _logits(pairs, 1 / self.scale))
        return LossRecord(
            attraction=softplus(-x_pos).sum(1).mean(),
            repulsion=softplus(x).sum(1).mean(),
            pos_weights=logsigmoid(-x_pos).detach().softmax(dim=1),
            neg_weights=logsigmoid(x).detach().softmax(dim=1),
            clamped=_unclamped(pairs),
        )
