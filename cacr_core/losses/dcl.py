"""Decoupled contrastive learning: InfoNCE whose positive leaves the denominator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses import softmax
from cacr_core.losses.record import LossRecord, unclamped
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import (
    DETACH_WEIGHTS,
    TEMPERATURE,
    as_shares,
    require_above,
    require_at_least,
)
from cacr_core.losses.tokens import short

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs


@dataclass(frozen=True)
class DCL:
    r"""Decoupled contrastive learning; not the debiased one of that acronym, which is in SSCL.

    $$ L = -s_+ / \tau + \log \textstyle\sum_j e^{s_j / \tau}, \qquad s = 1 - d/2, $$

    averaged over queries and positives. Without the positive in the log nothing fades: the pulls
    of a query sum to $1/\tau$ on either side, however sure it is of its positive. Detached CACR
    with one positive, $\alpha = \beta$ and $t^- = 1/(2\tau)$ pulls as $2\alpha\tau$ times this.

    Weights: `neg_weights` is the softmax of $s_j/\tau$, the share of the pull; positives weigh
    alike.

    Source: Yeh et al. 2021, https://arxiv.org/abs/2110.06848, equation 6. The paper has 0.1.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
    """

    title: ClassVar[str] = "DCL (decoupled)"
    meaning: ClassVar[str] = (
        "The weights are the softmax of similarity / τ among the negatives, as in InfoNCE. The "
        "positive stands outside the log, so pulls do not fade: on either side they sum to 1/τ, "
        "however near the positive is."
    )

    temperature: float = setting(0.5, **TEMPERATURE)

    def __post_init__(self) -> None:
        require_above(self, 0, "temperature")

    def __call__(self, pairs: Pairs) -> LossRecord:
        x_pos, x = softmax.logits(pairs, self.temperature)
        log_sum, neg_weights = softmax.log_sum(x)
        return LossRecord(
            attraction=-x_pos.mean(),
            repulsion=log_sum.mean(),
            pos_weights=x_pos.new_full(x_pos.shape, 1 / x_pos.shape[1]),
            neg_weights=neg_weights,
            clamped=unclamped(pairs),
        )

    def weighs_alike(self, side: Literal["pos", "neg"]) -> str:
        return "each is drawn by itself" if side == "pos" else ""

    def sums(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> str:
        return _decoupled_sums(self.temperature)


@dataclass(frozen=True)
class DCLW:
    r"""Decoupled contrastive learning with a weight on the positive.

    $$ L = -w \, s_+ / \tau + \log \textstyle\sum_j e^{s_j / \tau}, \qquad
       w = 2 - \frac{e^{s_+ / \sigma}}{\mathrm{mean}\, e^{s_+ / \sigma}}, $$

    averaged over queries and positives, the mean taken over all positives of the batch: so the
    weights have mean 1, far positives weigh more, and one whose $e^{s_+ / \sigma}$ is above twice
    that mean weighs less than 0. Of a single query with one positive w is 1, as in DCL.

    Weights: `neg_weights` is the softmax of $s_j/\tau$; `pos_weights` is $|w|$ as shares of a
    query's sum, by size alone, so that a positive which is pushed out counts, too. Detached, they
    are the shares of the pull.

    Source: Yeh et al. 2021, https://arxiv.org/abs/2110.06848: the negative von
    Mises-Fisher weighting function. The paper has temperature 0.1.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
        sigma: $\sigma$, 0.01 or more; it divides, so smaller tells positives further apart.
        detach_weights: Send no gradient through w. The value is the same; the pulls are not.
    """

    title: ClassVar[str] = "DCL-W"
    meaning: ClassVar[str] = (
        "Negatives weigh as in DCL. Positives weigh 2 less e^(s/σ) over its mean in the batch: "
        "far ones more, and one far nearer than the others less than 0. Shown are shares of a "
        "query's own positives, by size; one query alone has no batch to compare with."
    )
    near_may_weigh_most: ClassVar[bool] = True  # by size: it may be pushed out

    temperature: float = setting(0.5, **TEMPERATURE)
    sigma: float = setting(
        0.5,
        label="how alike positives weigh",
        symbol="σ",
        help="It divides similarities: smaller weighs far positives more, and near ones less.",
        least=0.05,
        most=3.0,
        step=0.05,
        leads=True,
        divides=True,
    )
    detach_weights: bool = setting(
        False,
        **DETACH_WEIGHTS
        | {
            "help": "Same loss, other forces: through the weights near positives are drawn even "
            "less."
        },
    )

    def __post_init__(self) -> None:
        require_above(self, 0, "temperature")
        require_at_least(self, 0.01, "sigma")

    def __call__(self, pairs: Pairs) -> LossRecord:
        x_pos, x = softmax.logits(pairs, self.temperature)
        log_sum, neg_weights = softmax.log_sum(x)
        w = positive_weights(pairs.pos, self.sigma)
        used = w.detach() if self.detach_weights else w
        return LossRecord(
            attraction=-(used * x_pos).mean(),
            repulsion=log_sum.mean(),
            pos_weights=as_shares(w.detach().abs()),
            neg_weights=neg_weights,
            clamped=unclamped(pairs),
        )

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        if part == "repulsion":
            return ""
        return "how a positive stands to the others of the batch counts in it, not distances alone"

    def sums(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> str:
        return _decoupled_sums(self.temperature)


def positive_weights(sq_dist: Tensor, sigma: float) -> Tensor:
    """w of every positive of a batch, `(query, K)`, of mean 1; below 0 where one is far nearer
    than the others."""
    nearness = (sq_dist * (-0.5 / sigma)).flatten().softmax(dim=0)
    return 2 - sq_dist.numel() * nearness.view_as(sq_dist)


def _decoupled_sums(temperature: float) -> str:
    return (
        "Weights sum to 1 in each group, and no positive stands in the log: so pulls sum to "
        f"1/τ = {short(1 / temperature)} on positives and as much against it on negatives, "
        "however near the positives are."
    )
