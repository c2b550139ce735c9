"""InfoNCE: its formula, its setting and what it has to say of a scene."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses import softmax
from cacr_core.losses.record import LossRecord, Optimum, unclamped
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import POSITIVES_IN_LOG, TEMPERATURE, require_above
from cacr_core.losses.tokens import (
    Line,
    Ways,
    chosen,
    line,
    measured,
    plus,
    short,
    sign,
    symbol,
    total,
)

if TYPE_CHECKING:
    from cacr_core.pairs import Pairs


@dataclass(frozen=True)
class InfoNCE:
    r"""InfoNCE, also NT-Xent: tell the positive from all negatives by softmax.

    $L = -\log \frac{e_+}{e_+ + \sum_j e_j}$ with $e = e^{(1 - d/2)/\tau}$, averaged over queries
    and positives. Attraction is $-s_+/\tau$, repulsion the log of the sum.

    Source: Chen et al. 2020, https://arxiv.org/abs/2002.05709.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
    """

    title: ClassVar[str] = "InfoNCE"
    meaning: ClassVar[str] = (
        "The weights are the softmax of similarity / τ among the negatives: how likely each is to "
        "be mistaken for the positive rather than another. The loss bounds the mutual information "
        "of two views from below: it is at least ln(images of the batch) less the loss."
    )

    temperature: float = setting(0.5, **TEMPERATURE)

    def __post_init__(self) -> None:
        require_above(self, 0, "temperature")

    def __call__(self, pairs: Pairs) -> LossRecord:
        x_pos, x = softmax.logits(pairs, self.temperature)
        log_sum, neg_weights = softmax.log_sum(x)
        return LossRecord(
            attraction=-x_pos.mean(),
            repulsion=(softmax.softplus(log_sum - x_pos) + x_pos).mean(),
            pos_weights=x_pos.new_full(x_pos.shape, 1 / x_pos.shape[1]),
            neg_weights=neg_weights,
            clamped=unclamped(pairs),
        )

    def exponentials(self, pairs: Pairs) -> tuple[list[float], float]:
        """$e^{x_j}$ of every negative, each its share of their sum; and the sum."""
        whole = softmax.rest_of(self, pairs)
        return [share * whole for share in self(pairs).neg_weights[0].tolist()], whole

    def formula(
        self, pairs: Pairs, record: LossRecord, pos: Sequence[str], neg: Sequence[str]
    ) -> list[Line]:
        values, whole = self.exponentials(pairs)
        law = symbol("x") + sign("=") + symbol("s") + sign("/") + chosen(self.temperature)
        terms = [measured(value, mark) for value, mark in zip(values, neg, strict=True)]
        parts = softmax.positive_parts(self, pairs, record)
        return [
            softmax.symbols(sign("Σ") + symbol("e", "x")),
            line("logits", law),
            softmax.attraction_line(self.temperature, pairs, record, pos),
            line("negatives", plus(terms), total(whole)),
            softmax.repulsion_line(parts, [whole] * len(parts), record, pos),
        ]

    def ways(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> tuple[Ways, Ways]:
        n_pos = pairs.pos.shape[1]
        end, one = softmax.over(self.temperature, n_pos), softmax.one_of(n_pos)
        parts = softmax.positive_parts(self, pairs, record)
        near = [(one, softmax.told_apart(part) + end) for part in parts]
        weights, push = record.neg_weights[0].tolist(), -float(pulls.neg.sum())
        shares = [measured(w, role="weight") for w in weights]
        return near, softmax.far_ways(1 / self.temperature, pairs, weights, shares, push)

    def weights_note(self, pulls: Mapping[str, float], n_neg: int) -> str:
        return softmax.weights_note(pulls)

    def sums(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> str:
        return (
            f"{softmax.matched(float(pulls.pos.sum()))} of at most 1/τ = "
            f"{short(1 / self.temperature)}; nearer positives and farther negatives make it less."
        )

    def weighs_alike(self, side: Literal["pos", "neg"]) -> str:
        return "each is told from the negatives by itself" if side == "pos" else ""

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        return POSITIVES_IN_LOG if part == "repulsion" else ""

    def optimum(
        self, n_items: int, n_views: int, fits: Literal["optimum", "bound"]
    ) -> Optimum | None:
        r"""$\log(1 + M e^{-N / ((N-1) \tau)})$, by Jensen and the length of the points' sum.

        Source: derived; for two views as in Graf et al. 2021, https://arxiv.org/abs/2102.08817.
        """
        n_neg = n_views * (n_items - 1)
        spread = n_items / (n_items - 1)
        return Optimum(math.log1p(n_neg * math.exp(-spread / self.temperature)), fits)
