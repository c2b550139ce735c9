"""The pairwise sigmoid loss: each pair is told apart by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from cacr_core.losses import softmax
from cacr_core.losses.record import LossRecord, unclamped
from cacr_core.losses.settings import setting
from cacr_core.losses.shared import require_above
from cacr_core.losses.tokens import short

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs

HARDLY_PUSHED = -5.0  # a logit, at which a negative gets less than 1 % of the push


@dataclass(frozen=True)
class SigLIP:
    r"""Pairwise sigmoid: for each pair by itself, is it a positive or not?

    $$ L = \textstyle\sum_k \log(1 + e^{-x_k}) + \sum_j \log(1 + e^{x_j}), \qquad
       x = t (1 - d/2) + b, $$

    summed over the positives k and the negatives j of a query, averaged over queries. No sample
    is weighed against another: the pull on one does not depend on the rest.

    The paper learns t, as its logarithm, and b from these values on; here both are fixed unless
    `learned`, which is for training: a lens and a board have them as they are set.

    Weights: there is no softmax. `pos_weights` and `neg_weights` are shares of the pull, of
    $\sigma(-x_k)$ and of $\sigma(x_j)$, among a query's positives and among its negatives.

    Source: Zhai et al. 2023, https://arxiv.org/abs/2303.15343, algorithm 1.

    Args:
        scale: $t > 0$. It multiplies similarities, so larger is sharper; a temperature divides.
        bias: $b$, added to each logit. Lower calls more pairs negatives beforehand: positives are
            pulled harder, negatives pushed less. With few negatives 0 serves as well.
        learned: A run's optimizer moves t and b along with the encoder.
    """

    title: ClassVar[str] = "SigLIP"
    meaning: ClassVar[str] = (
        "There is no softmax: the weights are shares of the pull. Each pair is told apart by "
        "itself, with probability sigmoid(t s + b), so the pull on one sample does not depend on "
        "the others."
    )

    scale: float = setting(
        10.0,
        label="scale of similarities",
        symbol="t",
        help="It multiplies similarities: larger is sharper.",
        least=0.5,
        most=50.0,
        step=0.5,
        leads=True,
    )
    bias: float = setting(
        -10.0,
        label="bias",
        symbol="b",
        help="Lower takes more pairs for negatives: it draws positives more, pushes negatives "
        "less.",
        least=-20.0,
        most=20.0,
        step=0.5,
        leads=True,
    )
    learned: bool = setting(
        False,
        label="t and b are learned",
        help="Both begin at these values and are trained along with the encoder, as in the paper.",
        says={True: "both learned"},
        trains_only=True,
    )

    def __post_init__(self) -> None:
        require_above(self, 0, "scale")
        if not math.isfinite(self.bias):
            raise ValueError(f"bias must be a finite number, got {self.bias}.")

    def __call__(self, pairs: Pairs) -> LossRecord:
        return _record(pairs, self.scale, self.bias)

    def learns(self) -> dict[str, float]:
        """What training moves, and from where: log t and b."""
        return {"scale": math.log(self.scale), "bias": self.bias} if self.learned else {}

    def at(self, pairs: Pairs, scale: Tensor, bias: Tensor) -> LossRecord:
        """The loss under log t and b as they are being learned, each `()`."""
        return _record(pairs, scale.exp(), bias)

    def settled(self, scale: float, bias: float) -> SigLIP:
        """This loss with log t and b as they have been learned."""
        return replace(self, scale=math.exp(scale), bias=bias)

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        both = "t and b, which are learned, count in it, not distances alone"
        return both if self.learned else ""

    def cause(self, trouble: Literal["collapse", "few directions"]) -> str:
        at_query = self.scale + self.bias  # the logit of a negative that lies there
        if trouble == "collapse" and at_query <= HARDLY_PUSHED and not self.learned:
            return (
                f"with t + b = {short(at_query)} even a negative in the query's place is hardly "
                "pushed; raise b"
            )
        return ""


def _record(pairs: Pairs, scale: float | Tensor, bias: float | Tensor) -> LossRecord:
    x_pos, x = (x + bias for x in softmax.logits(pairs, 1 / scale))
    return LossRecord(
        attraction=softmax.softplus(-x_pos).sum(1).mean(),
        repulsion=softmax.softplus(x).sum(1).mean(),
        pos_weights=(-softmax.softplus(x_pos)).detach().softmax(dim=1),
        neg_weights=(-softmax.softplus(-x)).detach().softmax(dim=1),
        clamped=unclamped(pairs),
    )
