"""SINCERE: supervised InfoNCE that leaves the query's class out of the denominator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses import softmax
from cacr_core.losses.labels import checked_own_class
from cacr_core.losses.record import LossRecord, unclamped
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import CLASSES_COUNT, POSITIVES_IN_LOG, TEMPERATURE, require_above

if TYPE_CHECKING:
    from torch import Tensor

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

    title: ClassVar[str] = "SINCERE"
    meaning: ClassVar[str] = (
        "The loss is told the labels: images of the query's class are positives, too. The weights "
        "are the softmax of similarity / τ among the images of other classes, and 0 on the own, "
        "which is never pushed."
    )
    needs_labels: ClassVar[bool] = True

    temperature: float = setting(0.5, **TEMPERATURE)

    def __post_init__(self) -> None:
        require_above(self, 0, "temperature")

    def __call__(self, pairs: Pairs, own_class: Tensor | None = None) -> LossRecord:
        x_pos, x = softmax.logits(pairs, self.temperature)
        own = checked_own_class(self, pairs, own_class)
        others = x.masked_fill(own, NOWHERE)
        log_sum = others.logsumexp(dim=1, keepdim=True)
        counted = own.to(x.dtype)
        n_own = x_pos.shape[1] + counted.sum(1)
        attraction = -((x_pos.sum(1) + (counted * x).sum(1)) / n_own).mean()
        of_pos, of_own = (softmax.softplus(log_sum - logits) for logits in (x_pos, x))
        total = ((of_pos.sum(1) + (counted * of_own).sum(1)) / n_own).mean()
        return LossRecord(
            attraction=attraction,
            repulsion=total - attraction,
            pos_weights=x_pos.new_full(x_pos.shape, 1 / x_pos.shape[1]),
            neg_weights=others.detach().softmax(dim=1),
            clamped=unclamped(pairs),
        )

    def weighs_alike(self, side: Literal["pos", "neg"]) -> str:
        return "each counts the same" if side == "pos" else ""

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        return POSITIVES_IN_LOG if part == "repulsion" else CLASSES_COUNT
