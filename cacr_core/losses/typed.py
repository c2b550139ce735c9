"""A loss typed as two lines of text, with a slider for each free name in them."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from cacr_core.losses.expression import (
    MOST_CHARACTERS,
    MOST_NAMES,
    ExpressionError,
    Node,
    Shape,
    free_names,
    parse,
    softmaxes,
)
from cacr_core.losses.formulas import Loss, LossRecord
from cacr_core.pairs import Pairs

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

    attraction: str = "alpha * sum(softmax(t_pos * d_pos) * d_pos)"
    repulsion: str = "-beta * sum(softmax(-t_neg * d_neg) * d_neg)"
    values: str = "alpha=1, t_pos=1, beta=1, t_neg=2"

    def __post_init__(self) -> None:
        for name in ("attraction", "repulsion", "values"):
            if not isinstance(got := getattr(self, name), str):
                raise ValueError(f"{name} must be text, got {type(got).__name__}.")
        given = _read_values(self.values)
        names = free_names(self._trees[0])
        for name, at in free_names(self._trees[1]).items():
            if name not in names and len(names) == MOST_NAMES:
                raise _too_many(name, at, "repulsion")
            names.setdefault(name, at)
        if len(names) > MOST_NAMES:
            name, at = list(names.items())[MOST_NAMES]
            raise _too_many(name, at, "attraction")
        kept = {name: given.get(name, 1.0) for name in names}
        object.__setattr__(self, "values", values_text(kept))

    @property
    def free(self) -> dict[str, float]:
        """The free names in the order in which they appear, and their values."""
        return _read_values(self.values)

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
        if len(pairs.pos) != len(pairs.neg):
            raise ValueError(
                "A typed loss needs the same queries in positives and negatives, got "
                f"{len(pairs.pos)} and {len(pairs.neg)} rows. Use negatives='all_views'."
            )
        used: dict[Node, Tensor] = {}
        attraction, repulsion = self._parts(pairs, used)
        nodes = self._softmax_of("pos"), self._softmax_of("neg")
        pulls = self._pulls(pairs) if None in nodes else pairs
        pos_weights, neg_weights = (
            _normalised(pull) if node is None else used[node].detach()
            for node, pull in zip(nodes, pulls, strict=True)
        )
        unclamped = torch.zeros(len(pairs.pos), dtype=torch.bool, device=pairs.pos.device)
        return LossRecord(attraction, repulsion, pos_weights, neg_weights, unclamped)

    @property
    def _trees(self) -> tuple[Node, Node]:
        return parse(self.attraction, "attraction"), parse(self.repulsion, "repulsion")

    def _softmax_of(self, of: Shape) -> Node | None:
        """The only softmax over a group, None where there are none or several."""
        found = softmaxes(self._trees[0], of) | softmaxes(self._trees[1], of)
        return found.pop() if len(found) == 1 else None

    def _parts(self, pairs: Pairs, used: dict[Node, Tensor]) -> list[Tensor]:
        """Attraction and repulsion, each `()`; `used` gets the softmaxes on the way."""
        values = _variables(pairs) | {
            name: torch.tensor(value, dtype=torch.float64) for name, value in self.free.items()
        }
        # a part that sees no distance still has a gradient, 0
        anchor = 0 * (pairs.pos.sum() + pairs.neg.sum())
        return [_value(tree, values, used).to(pairs.pos).mean() + anchor for tree in self._trees]

    def _pulls(self, pairs: Pairs) -> Pairs:
        def total(pos: Tensor, neg: Tensor) -> Tensor:
            attraction, repulsion = self._parts(Pairs(pos, neg), {})
            return attraction + repulsion

        # of torch.func, so that a loss may be called on many queries at once by vmap
        return Pairs(*torch.func.grad(total, argnums=(0, 1))(*(d.detach() for d in pairs)))


def require_finite(loss: Loss, record: LossRecord, pulls: Pairs) -> None:
    """Refuse what a typed loss makes of samples where its formulas have no value or no slope.

    Raises:
        ValueError: It is typed, and something of it is infinite or no number.
    """
    parts = torch.stack([x.sum() for x in (record.total, *pulls)])
    if isinstance(loss, Typed) and not bool(parts.isfinite().all()):
        raise ValueError(
            "A typed loss needs a finite value and slope, got loss "
            f"{record.total.item():g} and pulls that sum to {parts[1].item():g} and "
            f"{parts[2].item():g}: keep log, / and sqrt away from 0 (by + 0.01, say), exp from "
            "large numbers."
        )


def values_text(values: Mapping[str, float]) -> str:
    """The text of free names and their values that `Typed` reads."""
    return ", ".join(f"{name}={repr(float(v)).removesuffix('.0')}" for name, v in values.items())


def _too_many(name: str, at: int, side: str) -> ExpressionError:
    needed = f"Both lines together have at most {MOST_NAMES} names of one's own"
    return ExpressionError(needed, f"one more, {name!r},", at, side)


def _read_values(text: str) -> dict[str, float]:
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"Values of free names need at most {MOST_CHARACTERS} characters, got {len(text)}."
        )
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)\s*=\s*([-+.0-9eE]+)", part)
        try:
            value = float(match[2]) if match else math.nan
        except ValueError:
            value = math.nan
        if match is None or not math.isfinite(value):
            raise ValueError(
                "Values of free names need NAME=NUMBER with a comma between two, got "
                f"{part[:40]!r}."
            )
        found[match[1]] = value
    return found


def _variables(pairs: Pairs) -> dict[str, Tensor]:
    return {
        "d_pos": pairs.pos, "d_neg": pairs.neg,
        "s_pos": 1 - pairs.pos / 2, "s_neg": 1 - pairs.neg / 2,
    }  # fmt: skip


_OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "**": torch.pow,
    "minus": torch.neg,
    "sum": lambda x: x.sum(1, keepdim=True),
    "mean": lambda x: x.mean(1, keepdim=True),
    "logsumexp": lambda x: x.logsumexp(1, keepdim=True),
    "softmax": lambda x: x.softmax(1),
    "max": lambda x, *y: torch.maximum(x, *y) if y else x.amax(1, keepdim=True),
    "min": lambda x, *y: torch.minimum(x, *y) if y else x.amin(1, keepdim=True),
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "relu": torch.relu,
    "softplus": softplus,
    "sigmoid": torch.sigmoid,
    "detach": torch.detach,
}


def _value(node: Node, values: Mapping[str, Tensor], used: dict[Node, Tensor]) -> Tensor:
    """What a tree stands for: `()`, `(query, 1)`, `(query, K)` or `(query, M)`."""
    if node.op == "constant":
        return torch.tensor(node.value, dtype=torch.float64)
    if not node.args:
        return values[node.name or node.op]
    result = _OPERATIONS[node.op](*(_value(arg, values, used) for arg in node.args))
    if node.op == "softmax":
        used[node] = result
    return result


def _normalised(pulls: Tensor) -> Tensor:
    """Absolute pulls `(query, sample)` with rows that sum to 1; uniform where all are 0."""
    sizes = pulls.abs()
    sums = sizes.sum(1, keepdim=True)
    return torch.where(sums > 0, sizes / sums, torch.full_like(sizes, 1 / sizes.shape[1]))


TYPED_PRESETS: dict[str, Typed] = {
    "cacr": Typed(),
    "infonce": Typed(
        "-s_pos / temperature",
        "softplus(logsumexp(s_neg / temperature) - s_pos / temperature) + s_pos / temperature",
        "temperature=0.5",
    ),
    "sscl": Typed(
        "-s_pos / temperature",
        "log(exp(s_pos / temperature) + sum(0 * s_neg + 1) * max((sum(softmax(hardness * s_neg / "
        "temperature) * exp(s_neg / temperature)) - class_prior * exp(s_pos / temperature)) / "
        "(1 - class_prior), exp(-1 / temperature)))",
        "temperature=0.5, hardness=1, class_prior=0.1",
    ),
}
"""Losses of `LOSSES` written as one would type them, equal to those at their defaults."""
