"""ADNCE: InfoNCE whose negatives weigh by a Gaussian, most at a similarity of choice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses import softmax
from cacr_core.losses.record import LossRecord, unclamped
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import POSITIVES_IN_LOG, TEMPERATURE, require_above, require_at_least

if TYPE_CHECKING:
    from cacr_core.pairs import Pairs


@dataclass(frozen=True)
class ADNCE:
    r"""InfoNCE with negatives weighed by how near their similarity is to $\mu$.

    $$ L = -\log \frac{e_+}{e_+ + \sum_j w_j e_j}, \quad e = e^{s/\tau}, \qquad
       w_j \propto \exp\Big(-\frac{(s_j - \mu)^2}{2\sigma^2}\Big), \quad
       \mathrm{mean}_j\, w_j = 1, $$

    with $s = 1 - d/2$, averaged over queries and positives. InfoNCE pushes the nearest negatives
    most, which are the likeliest to be false; $\mu$ below them pushes those of middling
    similarity instead. No gradient goes through w, as released.

    Weights: `neg_weights` is $w_j e_j$ as shares of their sum, which are the shares of the push;
    positives weigh alike.

    Source: Wu et al. 2023, https://arxiv.org/abs/2310.11048; junkangwu/ADNCE.

    Args:
        temperature: $\tau > 0$; it divides, so smaller is sharper.
        mu: $\mu$ in [-1, 1], the similarity that weighs most.
        sigma: $\sigma$, 0.01 or more, how wide the Gaussian is; larger weighs more evenly, and
            at infinity it is InfoNCE.
    """

    title: ClassVar[str] = "ADNCE"
    meaning: ClassVar[str] = (
        "The weights are the softmax of similarity / τ among the negatives, times a Gaussian "
        "around μ: the lower μ is, the more weight it takes from the nearest negatives, the "
        "likeliest to be false. No gradient goes through the Gaussian."
    )

    temperature: float = setting(0.5, **TEMPERATURE)
    mu: float = setting(
        0.7,
        label="similarity that weighs most",
        symbol="μ",
        help="Larger weighs nearer negatives more.",
        least=-1.0,
        step=0.05,
        leads=True,
    )
    sigma: float = setting(
        1.0,
        label="how wide, weights of negatives",
        symbol="σ",
        help="Larger weighs negatives of any similarity more alike; at infinity it is InfoNCE.",
        least=0.05,
        most=3.0,
        step=0.05,
        leads=True,
    )

    def __post_init__(self) -> None:
        require_above(self, 0, "temperature")
        require_at_least(self, 0.01, "sigma")
        if not -1 <= self.mu <= 1:
            raise ValueError(f"mu is a similarity, from -1 to 1, got {self.mu}.")

    def __call__(self, pairs: Pairs) -> LossRecord:
        x_pos, x = softmax.logits(pairs, self.temperature)
        away = (1 - pairs.neg.detach() / 2 - self.mu) / self.sigma
        weighed = x + math.log(x.shape[1]) + (-away.square() / 2).log_softmax(dim=1)
        # a narrow Gaussian spans thousands: softmax.log_sum would lose digits to its first column
        log_sum = weighed.logsumexp(dim=1, keepdim=True)
        return LossRecord(
            attraction=-x_pos.mean(),
            repulsion=(softmax.softplus(log_sum - x_pos) + x_pos).mean(),
            pos_weights=x_pos.new_full(x_pos.shape, 1 / x_pos.shape[1]),
            neg_weights=weighed.detach().softmax(dim=1),
            clamped=unclamped(pairs),
        )

    def weighs_alike(self, side: Literal["pos", "neg"]) -> str:
        return "each is told from the negatives by itself" if side == "pos" else ""

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        return POSITIVES_IN_LOG if part == "repulsion" else ""
