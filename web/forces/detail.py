"""How one mark comes by its weight and its pull: two lines, filled with its numbers.

The closed forms are the loss's own, to be read; the numbers after the equals sign are the record's
and autograd's. Of a loss that has none the derivative is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cacr_core.losses import Loss, LossRecord
from cacr_core.losses.tokens import Line, Ways, chosen, line, measured, sign, symbol, total
from cacr_core.losses.words import own
from cacr_core.pairs import Pairs


def detail(
    loss: Loss,
    pairs: Pairs,
    record: LossRecord,
    pulls: Pairs,
    marks: Sequence[str],
    only: Collection[str] | None = None,
) -> dict[str, list[Line]]:
    """For each mark the lines "weight" and "pull".

    Args:
        pairs: One query: pos `(1, K)`, neg `(1, M)`.
        record: `loss(pairs)`.
        pulls: $2 \\partial L / \\partial d$ of each pair, shaped as `pairs`: above 0 together.
        marks: K + M names, positives first.
        only: Those wanted; all by default.
    """
    weights = [*record.pos_weights[0].tolist(), *record.neg_weights[0].tolist()]
    pull = [*pulls.pos[0].tolist(), *pulls.neg[0].tolist()]
    said = own(loss, "ways")
    near, far = said(pairs, record, pulls) if said else _plain(pulls)
    told = {}
    for i, (mark, (weight, pulled)) in enumerate(zip(marks, near + far, strict=True)):
        if only is None or mark in only:
            told[mark] = [
                line("weight", weight, total(weights[i], mark)),
                line("pull", pulled, total(pull[i], mark)),
            ]
    return told


def _plain(pulls: Pairs) -> tuple[Ways, Ways]:
    """The weight as the loss has it, and twice the derivative of the loss by the distance."""
    twice = chosen(2) + sign("·")
    start = twice + symbol("∂L/∂d") + sign("=") + twice
    near, far = (
        [(symbol("π", group), start + measured(pull / 2)) for pull in part[0].tolist()]
        for group, part in (("+", pulls.pos), ("−", pulls.neg))
    )
    return near, far
