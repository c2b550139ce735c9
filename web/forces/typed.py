"""What a typed loss has to say of a scene: its formulas, its parts, and what its weights are.

Nothing is known of a formula but its numbers: no law is stated that anyone's formula need not obey.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor

from cacr_core.forces import Landscape
from cacr_core.losses import LossRecord, Typed
from cacr_core.pairs import Pairs
from web.live.answers.tokens import Line, line, setting, sign, symbol, total

WORDS = {"softmax": "the softmax used", "pulls": "the normalised pulls"}


def described(loss: Typed) -> dict[str, Any]:
    """What the card of a typed loss shows: its free names, and what its weights are."""
    return {"values": loss.values, "free": loss.free, "weights": weights_text(loss)}


def weights_text(loss: Typed) -> str:
    """The softmax used or the normalised pulls, group by group where they differ."""
    pos, neg = (WORDS[kind] for kind in loss.weights_are)
    return pos if pos == neg else f"{pos} of positives, {neg} of negatives"


def formula(loss: Typed, record: LossRecord) -> list[Line]:
    """Both lines as they were typed, what their names stand for, and what each comes to."""
    names = [
        token for name, value in loss.free.items()
        for token in (*symbol(name), *sign("="), *setting(value), *sign(" "))
    ]  # fmt: skip
    return [
        line(
            "formula", symbol("L"), sign("="), symbol("attraction"), sign("+"), symbol("repulsion")
        ),
        line("weights", symbol(f"weights: {weights_text(loss)}")),
        *([line("names", names[:-1])] if names else []),
        line("attraction", symbol(loss.attraction), total(float(record.attraction))),
        line("repulsion", symbol(loss.repulsion), total(float(record.repulsion))),
    ]


def detail(
    loss: Typed,
    record: LossRecord,
    pulls: Pairs,
    marks: Sequence[str],
    only: Collection[str] | None,
) -> dict[str, list[Line]]:
    """For each mark the lines "weight" and "pull"."""
    kinds = [
        kind for kind, row in zip(loss.weights_are, pulls, strict=True) for _ in range(row.shape[1])
    ]
    weights = [*record.pos_weights[0].tolist(), *record.neg_weights[0].tolist()]
    pull = [*pulls.pos[0].tolist(), *pulls.neg[0].tolist()]
    return {
        mark: [
            line("weight", symbol("its part of " + WORDS[kind]), total(weight, mark)),
            line("pull", symbol("2 ∂L/∂d of the formulas"), total(pulled, mark)),
        ]
        for mark, kind, weight, pulled in zip(marks, kinds, weights, pull, strict=True)
        if only is None or mark in only
    }


def drawable(found: Landscape) -> Landscape:
    """A landscape whose poles, as log(d_neg) has one on a negative, are as high as all else gets.

    The force is 0 there: it has no direction.

    Raises:
        ValueError: There is no finite number at all.
    """
    if bool(found.loss.isfinite().all() and found.force.isfinite().all()):
        return found
    known = found.loss[found.loss.isfinite()]
    if not len(known):
        raise ValueError("The typed formulas come to no finite number wherever the query stood.")
    least, most = float(known.min()), float(known.max())

    def filled(values: Tensor, below: float, above: float) -> Tensor:
        return torch.nan_to_num(values, nan=above, posinf=above, neginf=below)

    return Landscape(filled(found.loss, least, most), filled(found.force, 0.0, 0.0))
