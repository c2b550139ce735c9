"""SSCL, with HCL and debiased contrastive learning in it: its formula and its settings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses import softmax
from cacr_core.losses.infonce import InfoNCE
from cacr_core.losses.record import Loss, LossRecord, Optimum
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import (
    CLASS_PRIOR,
    DEBIASED,
    DETACH_WEIGHTS,
    POSITIVES_IN_LOG,
    TEMPERATURE,
    require_above,
    require_at_least,
    require_class_prior,
)
from cacr_core.losses.sscl import words
from cacr_core.losses.tokens import Line, Ways

if TYPE_CHECKING:
    from cacr_core.pairs import Pairs


@dataclass(frozen=True)
class SSCL:
    r"""Hard negatives sampled by their closeness, debiased; synthetics arrive with the pairs.

    With logits $x = (1 - d/2)/\tau$ of the N negatives (real and synthetic), $e = e^x$ and
    $e_+$ of the positive,

    $$ R = N \sum_j \nu_j e_j, \quad \nu = \mathrm{softmax}(\beta x), \qquad
       G = \max\Big(\frac{R - \tau^+ N e_+}{1 - \tau^+},\; N e^{-1/\tau}\Big), \qquad
       L = \log(1 + G / e_+), $$

    averaged over queries and positives, in log space throughout. beta = 0 is Debiased
    contrastive learning (Chuang 2020), no synthetics is HCL (Robinson 2021), both with
    class_prior = 0 are NT-Xent.

    Source: Dong et al. 2023, https://arxiv.org/abs/2304.02971; dhkdhk/SSCL@c4c5e0b.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
        beta: $\beta \ge 0$, hardness: how much nearer negatives are sampled more.
        class_prior: $\tau^+$ in [0, 1), the share of negatives expected to be false.
        detach_weights: Send no gradient through the importance weights $\nu$.
    """

    title: ClassVar[str] = "SSCL"
    meaning: ClassVar[str] = words.MEANING
    draws_far_in: ClassVar[bool] = True

    temperature: float = setting(0.5, **TEMPERATURE)
    beta: float = setting(
        1.0,
        label="hardness",
        symbol="β",
        help="Larger samples near negatives more.",
        most=10.0,
        leads=True,
    )
    class_prior: float = setting(0.1, **CLASS_PRIOR)
    detach_weights: bool = setting(False, **DETACH_WEIGHTS, needs=("beta", None))

    def __post_init__(self) -> None:
        require_above(self, 0, "temperature")
        require_at_least(self, 0, "beta")
        require_class_prior(self.class_prior)

    def __call__(self, pairs: Pairs) -> LossRecord:
        x_pos, x = softmax.logits(pairs, self.temperature)
        n_neg = x.shape[1]
        nearness = self.beta * (x.detach() if self.detach_weights else x)
        hardened = nearness + x
        log_sum, neg_weights = softmax.log_sum(hardened)
        log_r = math.log(n_neg) + log_sum - softmax.log_sum(nearness)[0]
        ratio = log_r - x_pos
        clamped = x_pos.new_zeros(x_pos.shape).bool()
        if self.class_prior > 0:
            false_share = self.class_prior * n_neg * (-ratio).clamp_max(50).exp()
            floor = math.log(n_neg) - 1 / self.temperature - x_pos
            # where nothing is left, log1p gets a harmless number so that no NaN flows back
            empty = false_share >= 1 - 1e-6
            kept = (-false_share.masked_fill(empty, 0)).log1p()
            debiased = ratio + kept - math.log(1 - self.class_prior)
            clamped = empty | (debiased <= floor)
            ratio = floor.where(clamped, debiased)
        return LossRecord(
            attraction=-x_pos.mean(),
            repulsion=(softmax.softplus(ratio) + x_pos).mean(),
            pos_weights=x_pos.new_full(x_pos.shape, 1 / x_pos.shape[1]),
            neg_weights=neg_weights,
            clamped=clamped.any(dim=1),
        )

    def by_value(self) -> Loss:
        """The loss it equals by value: without hardness and class prior InfoNCE."""
        plain = self.beta == 0 and self.class_prior == 0
        return InfoNCE(self.temperature) if plain else self

    def can_clamp(self) -> bool:
        """Whether debiasing may silence the negatives of a query."""
        return self.class_prior > 0

    def formula(
        self, pairs: Pairs, record: LossRecord, pos: Sequence[str], neg: Sequence[str]
    ) -> list[Line]:
        return words.formula(self, pairs, record, pos, neg)

    def ways(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> tuple[Ways, Ways]:
        return words.ways(self, pairs, record, pulls)

    def surprises(
        self, pairs: Pairs, record: LossRecord, pulls: Pairs, marks: Sequence[str]
    ) -> list[str]:
        return words.surprises(self, pairs, record, pulls, marks)

    def weights_note(self, pulls: Mapping[str, float], n_neg: int) -> str:
        return softmax.weights_note(pulls)

    def sums(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> str:
        return words.sums(self, pairs, record, pulls)

    def weighs_alike(self, side: Literal["pos", "neg"]) -> str:
        return "each is told from the negatives by itself" if side == "pos" else ""

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        if part == "attraction":
            return ""
        return DEBIASED if self.class_prior > 0 else POSITIVES_IN_LOG

    def optimum(
        self, n_items: int, n_views: int, fits: Literal["optimum", "bound"]
    ) -> Optimum | None:
        r"""Without class prior InfoNCE's at every hardness, since importance weights only raise the
        loss and are uniform at the simplex. With one: what it has at the simplex if the loss is
        convex in the logarithm of G's first branch, that is class_prior (M + 1) <= 1. Otherwise the
        clamp's floor $\log(1 + M e^{-2/\tau})$, an optimum where the simplex is clamped.
        """
        n_neg, spread = n_views * (n_items - 1), n_items / (n_items - 1)
        prior, floor = self.class_prior, n_neg * math.exp(-2 / self.temperature)
        at_simplex = n_neg * (math.exp(-spread / self.temperature) - prior) / (1 - prior)
        if prior * (n_neg + 1) <= 1:
            return Optimum(math.log1p(max(at_simplex, floor)), fits)
        return Optimum(math.log1p(floor), fits if at_simplex <= floor else "bound")
