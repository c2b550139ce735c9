"""Contrastive Attraction and Contrastive Repulsion: its formula and its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses.cacr import words
from cacr_core.losses.record import LossRecord, Optimum, unclamped
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import (
    CLASS_PRIOR,
    DEBIASED,
    DETACH_WEIGHTS,
    POSITIVES_IN_LOG,
    blocks_of_later_views,
    require_above,
    require_at_least,
    require_class_prior,
)
from cacr_core.losses.tokens import Line, Ways

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs

FAINTEST = 40.0  # t d of the nearest negative, up to which all of a batch's kernel is in float32


@dataclass(frozen=True)
class CACR:
    r"""Contrastive Attraction and Contrastive Repulsion.

    With $d$ the squared distance from a query to one of its samples,

    $$ \pi^+ = \mathrm{softmax}_k(t^+ d_k), \qquad \pi^- = \mathrm{softmax}_m(-t^- d_m), $$
    $$ L = \alpha \textstyle\sum_k \pi^+_k d_k - \beta \sum_m \pi^-_m d_m, $$

    averaged over queries: far positives weigh most in the attraction, near negatives in the
    repulsion. `t_pos=0` or `t_neg=0` weighs that group uniformly.

    Source: Zheng et al., TMLR 2023, https://arxiv.org/abs/2105.03746. With every cost and
    debiasing equal to JegZheng/CACR-SSL@fbc9d94, small_scale_experiments/losses, on the pairs it
    makes, `pair_views(z, "later_views")`.

    Args:
        t_pos: $t^+ \ge 0$. It multiplies distances, so larger is sharper; InfoNCE's temperature
            divides.
        t_neg: $t^- \ge 0$, the same for negatives.
        alpha: Scales the attraction; the weights do not depend on it.
        beta: Scales the repulsion; the weights do not depend on it.
        detach_weights: Send no gradient through $\pi^\pm$. The small-scale code sends it, the
            ImageNet code does not. The value is the same; the pulls are not.
        cost: "euclidean", or "rbf": repulsion is then $\beta \log$ of the mean over queries of
            $\sum_m \pi^-_m e^{-t d_m}$; attraction stays Euclidean. As released the log is taken
            of each pair of views and averaged, which pairs of later views do too; of all-view
            pairs, whose queries see negatives in every view, there is one log.
        t_rbf: $t > 0$ of the RBF cost; larger looks at nearer negatives only.
        class_prior: $\tau^+$ in [0, 1), the share of negatives expected to be false; above 0 the
            repulsion is debiased by the positives.
        released_debiasing: As released, with $-\tau^+ d$ of the positive, which repels it and
            leaves out beta; consistent debiasing has $+\tau^+ \beta d$.
    """

    title: ClassVar[str] = "CACR"
    meaning: ClassVar[str] = words.MEANING
    draws_far_in: ClassVar[bool] = True
    later_views: ClassVar[bool] = True  # released with negatives that have rows of their own

    t_pos: float = setting(
        1.0,
        label="how sharp, positives",
        symbol="t⁺",
        help="It multiplies distances: larger weighs the farthest positive more. 0 weighs all "
        "alike.",
        most=10.0,
        leads=True,
    )
    t_neg: float = setting(
        2.0,
        label="how sharp, negatives",
        symbol="t⁻",
        help="It multiplies distances: larger weighs the nearest negatives more. 0 weighs all "
        "alike.",
        most=10.0,
        leads=True,
        sweep=(0.0, 4.0),
    )
    alpha: float = setting(
        1.0,
        label="strength of attraction",
        symbol="α",
        help="Scales the pull, not the weights.",
        most=5.0,
        quiet=1.0,
    )
    beta: float = setting(
        1.0,
        label="strength of repulsion",
        symbol="β",
        help="Scales the push, not the weights.",
        most=5.0,
        quiet=1.0,
    )
    detach_weights: bool = setting(False, **DETACH_WEIGHTS)
    cost: Literal["euclidean", "rbf"] = setting(
        "euclidean",
        label="cost of repulsion",
        symbol="c",
        help="RBF pushes mostly the near negatives; more so, the narrower its kernel.",
        choices={"euclidean": "squared Euclidean", "rbf": "RBF kernel"},
        says={"rbf": "RBF cost, t {t_rbf:g}"},
    )
    t_rbf: float = setting(
        2.0,
        label="how narrow, RBF kernel",
        symbol="t",
        help="Larger looks nearer.",
        least=0.1,
        most=10.0,
        needs=("cost", "rbf"),
        says={},
    )
    class_prior: float = setting(0.0, **CLASS_PRIOR, quiet=0.0, needs=("cost", "euclidean"))
    released_debiasing: bool = setting(
        False,
        label="debiasing as released",
        help="The released sign, which repels positives; off is the consistent one.",
        needs=("class_prior", None),
        says={True: "debiasing as released"},
    )

    def __post_init__(self) -> None:
        require_at_least(self, 0, "t_pos", "t_neg", "alpha", "beta")
        require_above(self, 0, "t_rbf")
        require_class_prior(self.class_prior)
        if self.cost not in ("euclidean", "rbf"):
            raise ValueError(f"cost must be 'euclidean' or 'rbf', got {self.cost!r}.")
        if self.cost == "rbf" and self.class_prior > 0:
            raise ValueError(
                f"Debiasing needs the Euclidean cost, got cost 'rbf' with class_prior "
                f"{self.class_prior}. Set class_prior to 0 or cost to 'euclidean'."
            )

    def __call__(self, pairs: Pairs) -> LossRecord:
        pos_weights = (self.t_pos * pairs.pos).softmax(dim=1)
        neg_weights = (-self.t_neg * pairs.neg).softmax(dim=1)
        used_pos, used_neg = pos_weights, neg_weights
        if self.detach_weights:
            used_pos, used_neg = pos_weights.detach(), neg_weights.detach()
        attraction = self.alpha * (used_pos * pairs.pos).sum(1).mean()
        if self.cost == "rbf":
            repulsion = self.beta * self._log_kernel(pairs, used_neg).mean()
        else:
            repulsion = -self.beta * (used_neg * pairs.neg).sum(1).mean()
        if self.class_prior > 0:
            sign = -1.0 if self.released_debiasing else self.beta
            false = sign * self.class_prior * pairs.pos.mean()
            repulsion = (repulsion + false) / (1 - self.class_prior)
        return LossRecord(attraction, repulsion, pos_weights, neg_weights, unclamped(pairs))

    def _log_kernel(self, pairs: Pairs, weights: Tensor) -> Tensor:
        """Log of the mean over queries of each one's weighed kernel, one of each pair of views.

        Where even the nearest negatives' kernel is next to nothing, distances count from nearer
        them, so that float32 keeps it; everywhere else from 0, to the same digits as without.
        """
        n_blocks = blocks_of_later_views(pairs)
        by_block = pairs.neg.detach().reshape(n_blocks, -1)
        start = (by_block.amin(1, keepdim=True) - FAINTEST / self.t_rbf).clamp_min(0)
        starts = start.expand(-1, len(pairs.neg) // n_blocks).reshape(-1, 1)
        kernel = (weights * (-self.t_rbf * (pairs.neg - starts)).exp()).sum(1)
        return kernel.view(n_blocks, -1).mean(1).log() - self.t_rbf * start[:, 0]

    def check_keys(self) -> None:
        """Refuse alpha, beta, class_prior and t_pos that `of_keys` has no place for; t_neg, t_rbf
        and detach_weights have no part in it."""
        if not self.t_pos > 0 or (self.alpha, self.beta, self.class_prior) != (1, 1, 0):
            raise ValueError(
                "Host 'predictor' has temperature 1 / t_pos and needs t_pos above 0, alpha 1, beta "
                f"1 and class_prior 0, got {self.t_pos:g}, {self.alpha:g}, {self.beta:g} and "
                f"{self.class_prior:g}."
            )

    def of_keys(self, q: Tensor, k: Tensor) -> LossRecord:
        """The MoCo-v3 form, of predictions and keys: `cacr_moco_v3` with T = 1 / t_pos."""
        from cacr_core.losses.moco_v3 import cacr_moco_v3

        return cacr_moco_v3(q, k, 1 / self.t_pos, self.cost)

    def keys_moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        return POSITIVES_IN_LOG if self.cost == "rbf" and part == "repulsion" else ""

    def weighing_keys(self) -> CACR:
        return replace(self, t_neg=self.t_pos / 2)

    def formula(
        self, pairs: Pairs, record: LossRecord, pos: Sequence[str], neg: Sequence[str]
    ) -> list[Line]:
        return words.formula(self, pairs, record, pos, neg)

    def ways(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> tuple[Ways, Ways]:
        return words.ways(self, pairs, record)

    def surprises(
        self, pairs: Pairs, record: LossRecord, pulls: Pairs, marks: Sequence[str]
    ) -> list[str]:
        return words.surprises(self, pairs, pulls, marks)

    def weights_note(self, pulls: Mapping[str, float], n_neg: int) -> str:
        return words.weights_note(self, len(pulls), n_neg)

    def sums(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> str:
        return words.sums(self)

    def weighs_alike(self, side: Literal["pos", "neg"]) -> str:
        sharpness, sign = (self.t_pos, "t⁺") if side == "pos" else (self.t_neg, "t⁻")
        return f"{sign} is 0" if sharpness == 0 else ""

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        return DEBIASED if self.class_prior > 0 and part == "repulsion" else ""

    def cause(self, trouble: Literal["collapse", "few directions"]) -> str:
        return words.cause(self, trouble)

    def optimum(
        self, n_items: int, n_views: int, fits: Literal["optimum", "bound"]
    ) -> Optimum | None:
        r"""$-2 \beta N / (N-1)$ at every t+ and t-: the weights only raise both terms above uniform
        ones, and for those the squared length of the points' sum is 0 or more. t- = 0 is there at
        every set of aligned points that sums to zero, so also for N > dim + 1. RBF cost:
        $-2 \beta t N / (N-1)$, likewise and by Jensen. Debiased: the first over 1 - class_prior.
        None is known for the released debiasing, which repels positives.
        """
        spread = n_items / (n_items - 1)
        if self.cost == "rbf":
            value = -2 * self.beta * self.t_rbf * spread
            return Optimum(value, "optimum" if self.beta == 0 else fits)
        if self.class_prior > 0 and self.released_debiasing:
            return None
        value = -2 * self.beta * spread / (1 - self.class_prior)
        return Optimum(value, "optimum" if self.t_neg == 0 or self.beta == 0 else fits)
