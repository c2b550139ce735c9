"""What the pulls of one query add up to, and why: a sentence for each loss."""

from __future__ import annotations

from cacr_core.losses import CACR, SSCL, InfoNCE, LossRecord, Typed
from cacr_core.pairs import Pairs
from web.live.answers.terms import Formula, positive_parts
from web.live.readings import number


def sums(loss: Formula | Typed, pairs: Pairs, record: LossRecord, pulls: Pairs) -> str:
    """What holds for this loss of the sums of its pulls, as these points stand.

    Args:
        pairs: One query: pos `(1, K)`, neg `(1, M)`, synthetics included.
        record: `loss(pairs)`.
        pulls: $2 \\partial L / \\partial d$ of each pair, shaped as `pairs`: above 0 together.
    """
    drawn = float(pulls.pos.sum())
    if isinstance(loss, Typed):
        return (
            "Weights sum to 1 in each group, pulls to whatever the formulas make them: now "
            f"{number(drawn)} on positives and {number(float(pulls.neg.sum()))} on negatives."
        )
    if isinstance(loss, CACR):
        return _constant(loss)
    if isinstance(loss, SSCL) and bool(record.clamped[0]):
        return _clamped(loss, pairs, record, drawn)
    return _matched(loss, drawn)


def _constant(loss: CACR) -> str:
    """With gradient through the weights too: what one mark gains there the others lose."""
    prior, beta = loss.class_prior, loss.beta
    toward, away = "2α", "2β"
    drawn, pushed = 2 * loss.alpha, 2 * beta
    if loss.cost == "rbf":
        away, pushed = "2tβ", 2 * loss.t_rbf * beta
    if prior > 0:
        away, pushed = "2β/(1 − τ⁺)", pushed / (1 - prior)
        false = -1.0 if loss.released_debiasing else beta
        toward += " − 2τ⁺/(1 − τ⁺)" if loss.released_debiasing else " + 2τ⁺β/(1 − τ⁺)"
        drawn += 2 * prior * false / (1 - prior)
    return (
        "Weights sum to 1 in each group: so whatever t⁺ and t⁻ are, and wherever samples lie, the "
        f"pulls sum to {toward} = {number(drawn)} on positives and −{away} = {number(-pushed)} on "
        "negatives."
    )


def _matched(loss: SSCL | InfoNCE, drawn: float) -> str:
    now = (
        "Weights sum to 1 in each group, pulls to nothing fixed: those on negatives cancel those "
        f"on positives, now {number(drawn)}"
    )
    if isinstance(loss, SSCL) and loss.class_prior > 0:
        return f"{now}, until debiasing clamps the negatives."
    fades = "nearer positives and farther negatives make it less"
    if isinstance(loss, SSCL) and loss.beta > 0:
        fades = "nearer positives make it less"
    return f"{now} of at most 1/τ = {number(1 / loss.temperature)}; {fades}."


def _clamped(loss: SSCL, pairs: Pairs, record: LossRecord, drawn: float) -> str:
    if all(part.clamped for part in positive_parts(loss, pairs, record)):
        return (
            f"Clamped: pulls on negatives are 0, those on positives sum to {number(drawn)}. "
            "Nothing pushes against them."
        )
    return (
        f"Clamped for some: pulls on positives sum to {number(drawn)}, and those on negatives "
        "cancel only the part of the positives that are not."
    )
