"""A loss typed as two lines of text, with a slider for each free name in them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from cacr_core.losses.cacr import CACR
from cacr_core.losses.expression import (
    MOST_NAMES,
    Node,
    Shape,
    free_names,
    parse,
    softmaxes,
)
from cacr_core.losses.infonce import InfoNCE
from cacr_core.losses.record import LossRecord, unclamped
from cacr_core.losses.settings import Setting, setting
from cacr_core.losses.shared import require_own_rows
from cacr_core.losses.sscl import SSCL
from cacr_core.losses.tokens import Line, Ways, chosen, line, sign, symbol, total
from cacr_core.losses.typed.evaluation import normalised, value_of, variables
from cacr_core.losses.typed.names import read_values, too_many, values_text

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs

WORDS = {"softmax": "the softmax used", "pulls": "the normalised pulls"}
FREE_NAME = Setting(
    "", "", "A name of your own in the formulas.", 0.0, 10.0, 0.01, sweep=(0.05, 4.0)
)

WeightKind = Literal["softmax", "pulls"]


class WeightsAre(NamedTuple):
    """What the record's weights are: the softmax used, or the pulls' normalised absolute values."""

    pos: WeightKind
    neg: WeightKind


@dataclass(frozen=True)
class Typed:
    r"""A loss whose attraction and repulsion are typed as formulas.

    They are written in squared distances `d_pos`, `d_neg` and similarities `s_pos`, `s_neg`
    ($s = 1 - d/2$), `(query, K)` and `(query, M)`, with row-wise `sum, mean, logsumexp, max, min`
    (to `(query, 1)`) and `softmax`; element by element `exp, log, sqrt, relu, softplus, sigmoid`
    and `max, min` of two values; `detach`; `+ - * / **`, numbers, brackets, and names of one's
    own. Positives meet negatives only through a row-wise function. The loss is the sum of both,
    averaged over queries; a result per positive is averaged over positives first, one per negative
    is refused, since whether to add or to average those is the formula's to say.

    Weights in the record are the softmax over that group where both lines use exactly one, however
    often, and else $|\partial L / \partial d|$, divided by its sum over the row (uniform where all
    are 0): `weights_are` says which.

    Args:
        attraction: The part that pulls positives in, at most 400 characters.
        repulsion: The part that pushes negatives away. Both may use positives and negatives.
        values: Of the free names, as `alpha=1, t_pos=2`; a name without one has 1, names that
            neither line uses are dropped. What is kept is in the order in which they appear.

    Raises:
        ExpressionError: A line is no formula: `.side` and `.at` say where.
        ValueError: `values` makes no sense.
    """

    title: ClassVar[str] = "Typed formula"
    meaning: ClassVar[str] = (
        "The weights are the softmax over the negatives that the formulas use, where they use "
        "exactly one; otherwise how hard the loss moves each negative, as a share of all."
    )
    near_may_weigh_most: ClassVar[bool] = True  # by what is typed: t_pos below 0, say

    attraction: str = setting(
        "alpha * sum(softmax(t_pos * d_pos) * d_pos)",
        label="attraction",
        help="A formula in d_pos, d_neg, s_pos and s_neg; names of your own become sliders.",
        leads=True,
    )
    repulsion: str = setting(
        "-beta * sum(softmax(-t_neg * d_neg) * d_neg)",
        label="repulsion",
        help="Added to the attraction; sum, mean, softmax, logsumexp, max and min go along a row.",
        leads=True,
    )
    values: str = setting(
        "alpha=1, t_pos=1, beta=1, t_neg=2",
        label="values of the names",
        help="As alpha=1, t_neg=2; what is left out is 1.",
        leads=True,
        says={},
        names=FREE_NAME,
    )

    def __post_init__(self) -> None:
        for name in ("attraction", "repulsion", "values"):
            if not isinstance(got := getattr(self, name), str):
                raise ValueError(f"{name} must be text, got {type(got).__name__}.")
        given = read_values(self.values)
        names = free_names(self._trees[0])
        for name, at in free_names(self._trees[1]).items():
            if name not in names and len(names) == MOST_NAMES:
                raise too_many(name, at, "repulsion")
            names.setdefault(name, at)
        if len(names) > MOST_NAMES:
            name, at = list(names.items())[MOST_NAMES]
            raise too_many(name, at, "attraction")
        kept = {name: given.get(name, 1.0) for name in names}
        object.__setattr__(self, "values", values_text(kept))

    @property
    def free(self) -> dict[str, float]:
        """The free names in the order in which they appear, and their values."""
        return read_values(self.values)

    @property
    def weights_are(self) -> WeightsAre:
        """What the weights of positives and of negatives in the record are."""
        return WeightsAre(
            "softmax" if self._softmax_of("pos") else "pulls",
            "softmax" if self._softmax_of("neg") else "pulls",
        )

    def with_value(self, name: str, value: float) -> Typed:
        """The same formulas with another value of a free name.

        Raises:
            ValueError: There is no such name.
        """
        if name not in self.free:
            known = ", ".join(self.free) or "none"
            raise ValueError(f"A free name of the formulas is needed ({known}), got {name!r}.")
        return dataclasses.replace(self, values=values_text(self.free | {name: value}))

    def __call__(self, pairs: Pairs) -> LossRecord:
        require_own_rows(pairs)
        used: dict[Node, Tensor] = {}
        attraction, repulsion = self._parts(pairs, used)
        nodes = self._softmax_of("pos"), self._softmax_of("neg")
        pulls = self._pulls(pairs) if None in nodes else pairs
        pos_weights, neg_weights = (
            normalised(pull) if node is None else used[node].detach()
            for node, pull in zip(nodes, pulls, strict=True)
        )
        return LossRecord(attraction, repulsion, pos_weights, neg_weights, unclamped(pairs))

    def formula(
        self, pairs: Pairs, record: LossRecord, pos: Sequence[str], neg: Sequence[str]
    ) -> list[Line]:
        """Both lines as they were typed, what their names stand for, and what each comes to."""
        names = [
            token for name, value in self.free.items()
            for token in (*symbol(name), *sign("="), *chosen(value), *sign(" "))
        ]  # fmt: skip
        parts = symbol("attraction") + sign("+") + symbol("repulsion")
        return [
            line("formula", symbol("L"), sign("="), parts),
            line("weights", symbol(f"weights: {self._weights_text}")),
            *([line("names", names[:-1])] if names else []),
            line("attraction", symbol(self.attraction), total(float(record.attraction))),
            line("repulsion", symbol(self.repulsion), total(float(record.repulsion))),
        ]

    def ways(self, pairs: Pairs, record: LossRecord, pulls: Pairs) -> tuple[Ways, Ways]:
        pull = symbol("2 ∂L/∂d of the formulas")
        near, far = (
            [(symbol(f"its part of {WORDS[kind]}"), pull)] * part.shape[1]
            for kind, part in zip(self.weights_are, pulls, strict=True)
        )
        return near, far

    def moved_by(self, part: Literal["attraction", "repulsion"]) -> str:
        return "what was typed says what counts in it"

    def cause(self, trouble: Literal["collapse", "few directions"]) -> str:
        """That negatives are pushed nowhere, by what is typed or by a name that is 0."""
        import torch

        from cacr_core.pairs import Pairs

        distances = torch.linspace(0.05, 3.95, 14, dtype=torch.float64)[None]
        is_pushed = self._pulls(Pairs(distances[:, :1], distances)).neg.any()
        return "" if is_pushed else "the formulas push no negative, so nothing holds images apart"

    def card(self) -> dict[str, Any]:
        """The values of the names as kept and by name, and what the weights are."""
        return {"values": self.values, "free": self.free, "weights": self._weights_text}

    def require_finite(self, record: LossRecord, pulls: Pairs) -> None:
        """Refuse samples where the formulas have no value or no slope.

        Raises:
            ValueError: The value or a pull is infinite or no number.
        """
        value, *sums = (float(part.sum()) for part in (record.total, *pulls))
        if not all(map(math.isfinite, (value, *sums))):
            raise ValueError(
                f"A typed loss needs a finite value and slope, got loss {value:g} and pulls that "
                f"sum to {sums[0]:g} and {sums[1]:g}: keep log, / and sqrt away from 0 (by + 0.01, "
                "say), exp from large numbers."
            )

    @staticmethod
    def presets() -> dict[str, Typed]:
        """Losses of `LOSSES` written as one would type them, equal to those at their defaults."""
        return TYPED_PRESETS

    @property
    def _weights_text(self) -> str:
        """The softmax used or the normalised pulls, group by group where they differ."""
        pos, neg = (WORDS[kind] for kind in self.weights_are)
        return pos if pos == neg else f"{pos} of positives, {neg} of negatives"

    @property
    def _trees(self) -> tuple[Node, Node]:
        return parse(self.attraction, "attraction"), parse(self.repulsion, "repulsion")

    def _softmax_of(self, of: Shape) -> Node | None:
        """The only softmax over a group, None where there are none or several."""
        found = softmaxes(self._trees[0], of) | softmaxes(self._trees[1], of)
        return found.pop() if len(found) == 1 else None

    def _parts(self, pairs: Pairs, used: dict[Node, Tensor]) -> list[Tensor]:
        """Attraction and repulsion, each `()`; `used` gets the softmaxes on the way."""
        import torch

        values = variables(pairs) | {
            name: torch.tensor(value, dtype=torch.float64) for name, value in self.free.items()
        }
        # a part that sees no distance still has a gradient, 0
        anchor = 0 * (pairs.pos.sum() + pairs.neg.sum())
        return [value_of(tree, values, used).to(pairs.pos).mean() + anchor for tree in self._trees]

    def _pulls(self, pairs: Pairs) -> Pairs:
        import torch

        def value(pos: Tensor, neg: Tensor) -> Tensor:
            attraction, repulsion = self._parts(pairs._replace(pos=pos, neg=neg), {})
            return attraction + repulsion

        # of torch.func, so that a loss may be called on many queries at once by vmap
        pos, neg = torch.func.grad(value, argnums=(0, 1))(*(d.detach() for d in pairs))
        return pairs._replace(pos=pos, neg=neg)


TYPED_PRESETS: dict[str, Typed] = {
    CACR.title: Typed(),
    InfoNCE.title: Typed(
        "-s_pos / temperature",
        "softplus(logsumexp(s_neg / temperature) - s_pos / temperature) + s_pos / temperature",
        "temperature=0.5",
    ),
    SSCL.title: Typed(
        "-s_pos / temperature",
        "log(exp(s_pos / temperature) + sum(0 * s_neg + 1) * max((sum(softmax(hardness * s_neg / "
        "temperature) * exp(s_neg / temperature)) - class_prior * exp(s_pos / temperature)) / "
        "(1 - class_prior), exp(-1 / temperature)))",
        "temperature=0.5, hardness=1, class_prior=0.1",
    ),
}
