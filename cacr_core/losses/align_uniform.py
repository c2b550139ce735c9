"""Alignment and uniformity, trained on directly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses.record import LossRecord, unclamped
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import require_above, require_at_least, without_repulsion

if TYPE_CHECKING:
    from cacr_core.pairs import Pairs

NEAREST = 1e-12  # squared distance below which a pair has no direction to be pulled in


@dataclass(frozen=True)
class AlignUniform:
    r"""Views of an image close together, images spread evenly over the sphere.

    $$ L = \lambda_a \, \mathrm{mean}\, d_+^{\alpha/2}
         + \lambda_u \log \mathrm{mean}\, e^{-t d_j}, $$

    the first mean over all positives of the batch, the second, inside the log, over all of its
    negatives: one log, so that a query in a crowd is pushed harder than a lonely one. Released
    code takes the log of each view by itself and averages two; the same where views coincide.
    With $\alpha = 2$ it is CACR with uniform weights and the RBF cost.

    Weights: there is no softmax. `neg_weights` is the softmax of $-t d_j$, which is the share of
    the push among a query's negatives (how much of the batch's push falls on the query is not in
    it); `pos_weights` is the share of the pull, of $d_+^{\alpha/2 - 1}$: alike for $\alpha = 2$,
    and 0 for a positive on the query below that, unless all are.

    Source: Wang and Isola 2020, https://arxiv.org/abs/2005.10242.

    Args:
        power: $\alpha > 0$ of the distance in the alignment; above 2 far positives are pulled
            harder than near ones, below 2 less.
        t: $t > 0$ of the Gaussian; larger looks at nearer negatives only.
        align_weight: $\lambda_a \ge 0$, scales the attraction.
        uniform_weight: $\lambda_u \ge 0$, scales the repulsion.
    """

    title: ClassVar[str] = "Alignment + uniformity"
    meaning: ClassVar[str] = (
        "The weights are shares of the push among a query's negatives, in proportion to "
        "e^(−t d). The log is taken once for the whole batch, so a query in a crowd is pushed "
        "harder than a lonely one; the weights do not show that, the pulls do."
    )

    power: float = setting(
        2.0,
        label="power of the distance, alignment",
        symbol="α",
        help="Larger draws far positives more; 2 draws all alike.",
        least=0.5,
        most=6.0,
        step=0.5,
    )
    t: float = setting(
        2.0,
        label="how narrow, uniformity's Gaussian",
        symbol="t",
        help="It multiplies distances: larger looks at nearer negatives only.",
        least=0.1,
        most=10.0,
        leads=True,
        sweep=(0.5, 4.0),
    )
    align_weight: float = setting(
        1.0, label="weight of alignment", symbol="λₐ", help="Scales the pull.", most=5.0
    )
    uniform_weight: float = setting(
        1.0, label="weight of uniformity", symbol="λᵤ", help="Scales the push.", most=5.0
    )

    def __post_init__(self) -> None:
        require_above(self, 0, "power", "t")
        require_at_least(self, 0, "align_weight", "uniform_weight")

    def __call__(self, pairs: Pairs) -> LossRecord:
        # below power 2 the slope at distance 0 is infinite
        pos = pairs.pos if self.power >= 2 else pairs.pos.clamp_min(NEAREST)
        nearness = -self.t * pairs.neg
        log_mean = nearness.flatten().logsumexp(0) - math.log(nearness.numel())
        slope = (self.power / 2 - 1) * pairs.pos.detach().clamp_min(NEAREST).log()
        if self.power < 2:  # a positive on the query is not pulled
            still = pairs.pos < NEAREST
            slope = slope.masked_fill(still & ~still.all(dim=1, keepdim=True), -math.inf)
        return LossRecord(
            attraction=self.align_weight * pos.pow(self.power / 2).mean(),
            repulsion=self.uniform_weight * log_mean,
            pos_weights=slope.softmax(dim=1),
            neg_weights=nearness.detach().softmax(dim=1),
            clamped=unclamped(pairs),
        )

    @property
    def near_may_weigh_most(self) -> bool:
        return self.power < 2

    def weighs_alike(self, side: Literal["pos", "neg"]) -> str:
        return "α is 2" if side == "pos" and self.power == 2 else ""

    def cause(self, trouble: Literal["collapse", "few directions"]) -> str:
        return without_repulsion("λᵤ", trouble) if self.uniform_weight == 0 else ""
