"""Supervised contrastive learning: images of the query's class are positives, too."""

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

    title: ClassVar[str] = "SupCon"
    meaning: ClassVar[str] = (
        "The loss is told the labels: images of the query's class are positives, too. The weights "
        "are the softmax of similarity / τ among all other images, those of the own class among "
        "them: it repels these as well where they are nearer than the rest, which the pulls show."
    )
    needs_labels: ClassVar[bool] = True

    temperature: float = setting(0.5, **TEMPERATURE)

    def __post_init__(self) -> None:
        require_above(self, 0, "temperature")

    def __call__(self, pairs: Pairs, own_class: Tensor | None = None) -> LossRecord:
        x_pos, x = softmax.logits(pairs, self.temperature)
        own = checked_own_class(self, pairs, own_class).to(x.dtype)
        n_own = x_pos.shape[1] + own.sum(1)
        return LossRecord(
            attraction=-((x_pos.sum(1) + (x * own).sum(1)) / n_own).mean(),
            repulsion=x_pos.logsumexp(1).logaddexp(x.logsumexp(1)).mean(),
            pos_weights=x_pos.new_full(x_pos.shape, 1 / x_pos.shape[1]),
            neg_weights=x.detach().softmax(dim=1),
            clamped=unclamped(pairs),
        )

    def weighs_alike(self, side: Literal["pos", "neg"]) -> str:
        return "each counts the same" if side == "pos" else ""

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        return POSITIVES_IN_LOG if part == "repulsion" else CLASSES_COUNT
