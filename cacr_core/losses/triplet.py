"""The triplet loss: a positive nearer than a negative, by a margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses import softmax
from cacr_core.losses.record import LossRecord, unclamped
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import as_shares, require_at_least

if TYPE_CHECKING:
    from cacr_core.pairs import Pairs


@dataclass(frozen=True)
class Triplet:
    r"""Every positive nearer than every negative, by a margin of squared distance.

    $$ L = \mathrm{mean}_{k,j} \max(0,\; d_k - d_j + m), $$

    over all pairs of a positive k and a negative j of a query, averaged over queries; or with the
    nearest negative alone. Pairs told apart by the margin pull nothing, all others alike, near or
    far: once all are, the gradient is 0.

    Attraction is the part of $d_k$ of the pairs within the margin, repulsion that of $m - d_j$.

    Weights: there is no softmax. `pos_weights` and `neg_weights` are shares of the pull: of a
    query's pairs within the margin those that the sample takes part in. Where there are none,
    nothing is pulled and all weigh alike.

    Source: Schroff et al. 2015, https://arxiv.org/abs/1503.03832, without its choice of
    triplets; the margin is theirs.

    Args:
        margin: $m \ge 0$, of squared distance, which is at most 4.
        hardest: Take the nearest negative of a query instead of all.
    """

    title: ClassVar[str] = "Triplet"
    meaning: ClassVar[str] = (
        "There is no softmax: the weights are shares of the pull. Every pair of a positive and a "
        "negative that the margin does not tell apart pulls alike, near or far; a sample weighs "
        "by how many such pairs it is in. Where there are none, nothing pulls."
    )

    margin: float = setting(
        0.2,
        label="margin",
        symbol="m",
        help="Of squared distance: larger asks negatives to be farther than positives by more.",
        most=4.0,
        step=0.05,
        leads=True,
    )
    hardest: bool = setting(
        False,
        label="hardest negative only",
        help="Pushes the nearest negative of a query alone, instead of all within the margin.",
    )

    def __post_init__(self) -> None:
        require_at_least(self, 0, "margin")

    def __call__(self, pairs: Pairs) -> LossRecord:
        softmax.logits(pairs, 1.0)  # a query's positives beside its own negatives
        neg, at = pairs.neg, None
        if self.hardest:
            neg, at = neg.min(dim=1, keepdim=True)
        within = (pairs.pos[:, :, None] - neg[:, None, :] + self.margin > 0).to(neg.dtype)
        of_pos, of_neg = within.sum(2), within.sum(1)
        pulled = of_neg if at is None else (0 * pairs.neg.detach()).scatter(1, at, of_neg)
        return LossRecord(
            attraction=(of_pos * pairs.pos).sum() / within.numel(),
            repulsion=(of_neg * (self.margin - neg)).sum() / within.numel(),
            pos_weights=as_shares(of_pos),
            neg_weights=as_shares(pulled),
            clamped=unclamped(pairs),
        )

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        return "which pairs stand within the margin counts in it, not distances alone"

    def cause(self, trouble: Literal["collapse", "few directions"]) -> str:
        if trouble == "collapse" and self.margin == 0:
            return "with a margin of 0 one place for all is a perfect answer; raise it"
        return ""
