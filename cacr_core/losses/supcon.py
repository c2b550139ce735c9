"""Supervised contrastive learning: images of the query's class are positives, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from cacr_core.losses.formulas import LossRecord, _logits, _require_above, _unclamped
from cacr_core.losses.labels import checked_own_class
from cacr_core.pairs import Pairs


@dataclass(frozen=True)
class SupCon:
    r"""Supervised contrastive loss. Labels enter: it is told which negatives are no negatives.

    With P the views of the query's own image and all images of its class,

    $$ L = -\frac{1}{|P|} \sum_{p \in P} \log \frac{e_p}{\sum_a e_a}, \qquad
       e = e^{(1 - d/2)/\tau}, $$

    averaged over queries, a going over all samples: so a sample of the own class stands in the
    denominator, too. Its pull is $1/|P|$ less its share of that sum, over $\tau$: the loss repels
    its own class where it is nearer than the rest, which SINCERE does not. Where no negative is
    of the own class and there is one positive, it is InfoNCE.

    Weights: `neg_weights` is the softmax of $s/\tau$ over all columns of `neg`, those of the own
    class among them; positives weigh alike.

    Source: Khosla et al. 2020, https://arxiv.org/abs/2004.11362, $L_{out}$; the paper has 0.1.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
    """

    needs_labels: ClassVar[bool] = True

    temperature: float = 0.5

    def __post_init__(self) -> None:
        _require_above(self, 0, "temperature")

    def __call__(self, pairs: Pairs, own_class: Tensor | None = None) -> LossRecord:
        x_pos, x = _logits(pairs, self.temperature)
        own = checked_own_class(self, pairs, own_class).to(x.dtype)
        n_own = x_pos.shape[1] + own.sum(1)
        return LossRecord(
            attraction=-((x_pos.sum(1) + (x * own).sum(1)) / n_own).mean(),
            repulsion=torch.cat([x_pos, x], dim=1).logsumexp(1).mean(),
            pos_weights=torch.full_like(x_pos, 1 / x_pos.shape[1]),
            neg_weights=x.detach().softmax(dim=1),
            clamped=_unclamped(pairs),
        )
