"""A loss written out and filled with the numbers of one query.

How, a loss says itself; of one that does not, the values of its parts are told.
"""

from __future__ import annotations

from collections.abc import Sequence

from cacr_core.losses import Loss, LossRecord
from cacr_core.losses.tokens import Line, line, sign, signed_sum, symbol, total
from cacr_core.losses.words import own
from cacr_core.pairs import Pairs


def formula(loss: Loss, pairs: Pairs, record: LossRecord, marks: Sequence[str]) -> list[Line]:
    """The loss as symbols, then filled: attraction, what becomes of the negatives, repulsion, loss.

    Args:
        pairs: One query: pos `(1, K)`, neg `(1, M)` with the synthetics last.
        record: `loss(pairs)`.
        marks: K + M names, positives first: p0, n0, ..., s0. A term carries its mark's name.

    Raises:
        ValueError: More than one query, or not a name for every pair.
    """
    pos, neg = _split(pairs, marks)
    said = own(loss, "formula")
    lines: list[Line] = said(pairs, record, pos, neg) if said else _plain(record)
    attraction, repulsion = float(record.attraction), float(record.repulsion)
    added = signed_sum([attraction, repulsion], [None, None])
    return [*lines, line("loss", added, total(float(record.total)))]


def _plain(record: LossRecord) -> list[Line]:
    parts = symbol("attraction") + sign("+") + symbol("repulsion")
    return [
        line("formula", symbol("L"), sign("="), parts),
        line("attraction", symbol("attraction"), total(float(record.attraction))),
        line("repulsion", symbol("repulsion"), total(float(record.repulsion))),
    ]


def _split(pairs: Pairs, marks: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    n_pos, n_neg = pairs.pos.shape[1], pairs.neg.shape[1]
    if len(pairs.pos) != 1 or len(pairs.neg) != 1 or n_pos + n_neg != len(marks):
        raise ValueError(
            "A filled formula needs one query and a name for each of its pairs, got "
            f"{len(pairs.pos)} queries, {n_pos} positives, {n_neg} negatives and {len(marks)} "
            "names. Give pairs of one row and p0, n0, s0, ... in their order."
        )
    return marks[:n_pos], marks[n_pos:]
