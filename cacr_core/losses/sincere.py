"""SINCERE: supervised InfoNCE that leaves the query's class out of the denominator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import softplus

from cacr_core.losses.formulas import LossRecord, _logits, _require_above, _unclamped
from cacr_core.losses.labels import checked_own_class
from cacr_core.pairs import Pairs

NOWHERE = -1e30  # a logit whose exponential is 0, finite so that a row of it has a softmax


@dataclass(frozen=True)
class SINCERE:
    r"""Supervised InfoNCE. Labels enter: it is told which negatives are no negatives.

    With P the views of the query's own image and all images of its class, N all others,

    $$ L = -\frac{1}{|P|} \sum_{p \in P} \log \frac{e_p}{e_p + \sum_{n \in N} e_n}, \qquad
       e = e^{(1 - d/2)/\tau}, $$

    averaged over queries. Each positive is told from the other classes alone, so nothing of the
    own class is ever repelled. Where no negative is of the own class it is InfoNCE.

    Weights: `neg_weights` is the softmax of $s/\tau$ over the negatives of other classes, 0 on
    those of the own (alike where there are no others, and nothing is pulled); positives weigh
    alike.

    Source: Feeney and Hughes 2023, https://arxiv.org/abs/2309.14277.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
    """

    needs_labels: ClassVar[bool] = True

    temperature: float = 0.5

    def __post_init__(self) -> None:
        _require_above(self, 0, "temperature")

    def __call__(self, pairs: Pairs, own_class: Tensor | None = None) -> LossRecord:
        x_pos, x = _logits(pairs, self.temperature)
        own = checked_own_class(self, pairs, own_class)
        others = x.masked_fill(own, NOWHERE)
        log_sum = others.logsumexp(dim=1, keepdim=True)
        positives = torch.cat([x_pos, x], dim=1)
        counted = torch.cat([torch.ones_like(x_pos), own.to(x.dtype)], dim=1)
        counted = counted / counted.sum(1, keepdim=True)
        attraction = -(counted * positives).sum(1).mean()
        total = (counted * softplus(log_sum - positives)).sum(1).mean()
        return LossRecord(
            attraction=attraction,
            repulsion=total - attraction,
            pos_weights=torch.full_like(x_pos, 1 / x_pos.shape[1]),
            neg_weights=others.detach().softmax(dim=1),
            clamped=_unclamped(pairs),
        )
