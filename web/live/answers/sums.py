"""What the pulls of one query add up to, and why, where the loss says so."""

from __future__ import annotations

from cacr_core.losses import Loss, LossRecord
from cacr_core.losses.tokens import number
from cacr_core.losses.words import own
from cacr_core.pairs import Pairs


def sums(loss: Loss, pairs: Pairs, record: LossRecord, pulls: Pairs) -> str:
    """What holds for this loss of the sums of its pulls, as these points stand.

    Args:
        pairs: One query: pos `(1, K)`, neg `(1, M)`, synthetics included.
        record: `loss(pairs)`.
        pulls: $2 \\partial L / \\partial d$ of each pair, shaped as `pairs`: above 0 together.
    """
    if (said := own(loss, "sums")) is not None:
        return str(said(pairs, record, pulls))
    return plain_sums(pulls)


def plain_sums(pulls: Pairs) -> str:
    """What they add up to now, whatever the loss."""
    drawn, pushed = float(pulls.pos.sum()), float(pulls.neg.sum())
    return (
        f"As the points stand, the pulls sum to {number(drawn)} on positives and {number(pushed)} "
        "on negatives."
    )


def sums_wherever(loss: Loss) -> str:
    """What the loss says of the sums wherever the points lie; empty where that depends on it."""
    said = own(loss, "sums")
    try:
        return str(said(None, None, None)) if said is not None else ""
    except (AttributeError, TypeError):  # it looks at them
        return ""
