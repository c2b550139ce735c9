"""What SSCL has to say of a scene of one query: its filled formula, notes and sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cacr_core.losses import softmax
from cacr_core.losses.infonce import InfoNCE
from cacr_core.losses.tokens import (
    Line,
    Token,
    Ways,
    are_drawn_in,
    bracketed,
    chosen,
    exp,
    line,
    listed,
    measured,
    number,
    power,
    short,
    sign,
    symbol,
    total,
    weighed,
)

if TYPE_CHECKING:
    from cacr_core.losses.record import LossRecord
    from cacr_core.losses.softmax import PositivePart
    from cacr_core.losses.sscl import SSCL
    from cacr_core.pairs import Pairs

MEANING = (
    "The weights sample hard negatives, in proportion to e^((1 + β) s / τ), synthetic ones, "
    "if any, among them. Debiasing takes the positive's share out of their sum, by the "
    "expected share of false negatives; which negatives are false it does not know."
)
TIMES, MINUS = sign("·"), sign("−")
SLIGHT = 1e-9


def formula(
    loss: SSCL, pairs: Pairs, record: LossRecord, pos: Sequence[str], neg: Sequence[str]
) -> list[Line]:
    """Symbols, what x, the importance weights, R and G are, all filled."""
    parts = softmax.positive_parts(loss, pairs, record)
    rests = _rests(loss, pairs, parts)
    laws, filled = _hard_negatives(loss, pairs, parts, rests, pos, neg)
    return [
        softmax.symbols(symbol("G")),
        *laws,
        softmax.attraction_line(loss.temperature, pairs, record, pos),
        *filled,
        softmax.repulsion_line(parts, rests, record, pos),
    ]


def _hard_negatives(
    loss: SSCL,
    pairs: Pairs,
    parts: list[PositivePart],
    rests: list[float],
    pos: Sequence[str],
    neg: Sequence[str],
) -> tuple[list[Line], list[Line]]:
    """What x, the importance weights, R and G are; then R, and G for each positive."""
    n, prior = chosen(len(neg)), loss.class_prior
    law = symbol("x") + sign("=") + symbol("s") + sign("/") + chosen(loss.temperature)
    law += sign(",") + symbol("ν") + sign("∝") + symbol("e", f"{loss.beta:g} x") + sign(",")
    hard = sign("=") + symbol("N") + sign("Σ") + symbol("ν") + symbol("e", "x")
    values = weighed(
        _importance(loss, pairs), InfoNCE(loss.temperature).exponentials(pairs)[0], neg
    )
    r = _hardened_sum(loss, pairs)
    filled = [line("negatives", n, sign("·"), bracketed(values), total(r))]
    if prior == 0:
        return [line("logits", law, symbol("G"), hard)], filled
    false = symbol("τ", "+") + symbol("N") + symbol("e", "x₊")
    left = bracketed(symbol("R") + sign("−") + false)
    left += sign("/") + bracketed(chosen(1), sign("−"), symbol("τ", "+"))
    either = bracketed(left, sign(","), symbol("N") + symbol("e", "−1/τ"))
    laws = [
        line("logits", law, symbol("R"), hard),
        line("definition", symbol("G") + sign("="), sign("max"), either),
    ]
    lowest = n + sign("·") + power(f"−1/{loss.temperature:g}", exp(-1 / loss.temperature))
    for part, rest, mark in zip(parts, rests, pos, strict=True):
        false = chosen(prior) + sign("·") + n + sign("·") + measured(part.exponential, mark)
        left = bracketed(measured(r), sign("−"), false) + sign("/") + chosen(1 - prior)
        value = sign("max") + bracketed(left, sign(","), lowest) if part.clamped else left
        filled.append(line("debiased", value, total(rest)))
    return laws, filled


def ways(loss: SSCL, pairs: Pairs, record: LossRecord, pulls: Pairs) -> tuple[Ways, Ways]:
    """How each positive, and each negative, comes by its weight and its pull."""
    n_pos = pairs.pos.shape[1]
    end, one = softmax.over(loss.temperature, n_pos), softmax.one_of(n_pos)
    near: Ways = []
    parts = softmax.positive_parts(loss, pairs, record)
    for part, rest in zip(parts, _rests(loss, pairs, parts), strict=True):
        if loss.class_prior > 0 and not part.clamped:
            both = bracketed(measured(part.exponential), sign("+"), measured(rest))
            way = measured(_hardened_sum(loss, pairs)) + sign("/") + chosen(1 - loss.class_prior)
            way += sign("/") + both
        else:
            way = softmax.told_apart(part)
        near.append((one, way + end))
    weights, push = record.neg_weights[0].tolist(), -float(pulls.neg.sum())
    shares = _shares(loss, pairs, weights)
    sharpness = (1 + loss.beta) / loss.temperature
    return near, softmax.far_ways(sharpness, pairs, weights, shares, push)


def _shares(loss: SSCL, pairs: Pairs, weights: list[float]) -> list[list[Token]]:
    """Each negative's share of the push: its weight, but for what the importance weights lose."""
    told = [measured(w, role="weight") for w in weights]
    if loss.beta == 0 or loss.detach_weights:
        return told
    return [
        bracketed(
            chosen(1 + loss.beta) + TIMES + share, MINUS, chosen(loss.beta), TIMES, measured(nu)
        )
        for share, nu in zip(told, _importance(loss, pairs), strict=True)
    ]


def _hardened_sum(loss: SSCL, pairs: Pairs) -> float:
    r"""$R = N \sum_j \nu_j e^{x_j}$: the loss without debiasing."""
    return softmax.rest_of(replace(loss, class_prior=0.0), pairs)


def _rests(loss: SSCL, pairs: Pairs, parts: list[PositivePart]) -> list[float]:
    """G beside each positive, as it is defined: where the positive is far nearer than all
    negatives, nothing of G is left in the digits of the loss."""
    n, prior, r = pairs.neg.shape[1], loss.class_prior, _hardened_sum(loss, pairs)
    if prior == 0:
        return [r] * len(parts)
    lowest = n * exp(-1 / loss.temperature)
    return [
        lowest if part.clamped else (r - prior * n * part.exponential) / (1 - prior)
        for part in parts
    ]


def _importance(loss: SSCL, pairs: Pairs) -> list[float]:
    r"""$\nu = \mathrm{softmax}(\beta x)$: the weights of InfoNCE at temperature $\tau / \beta$."""
    n = pairs.neg.shape[1]
    if loss.beta / loss.temperature < 1e-9:  # too even to be told apart
        return [1 / n] * n
    return InfoNCE(loss.temperature / loss.beta)(pairs).neg_weights[0].tolist()


def surprises(
    loss: SSCL, pairs: Pairs, record: LossRecord, pulls: Pairs, marks: Sequence[str]
) -> list[str]:
    """That the clamp silences negatives, and why some are drawn in."""
    n_pos = pairs.pos.shape[1]
    told = _clamped(loss, pairs, record, marks[:n_pos]) if bool(record.clamped[0]) else []
    pulled = zip(marks[n_pos:], pulls.neg[0].tolist(), strict=True)
    if drawn_in := [mark for mark, pull in pulled if pull > SLIGHT]:
        told.append(
            f"{are_drawn_in(drawn_in)}: gradient goes through the importance weights, and coming "
            "closer takes more importance from the nearer negatives than being nearer costs."
        )
    return told


def _clamped(loss: SSCL, pairs: Pairs, record: LossRecord, pos: Sequence[str]) -> list[str]:
    parts = softmax.positive_parts(loss, pairs, record)
    clamped = [mark for mark, part in zip(pos, parts, strict=True) if part.clamped]
    if len(clamped) == len(parts):
        return [
            "The debiasing clamp silences every negative: what is left of them without the share "
            "expected to be false is no more than if all lay opposite the query. Only attraction "
            "is left; a lower τ⁺ brings them back."
        ]
    return [
        f"For {listed(clamped, start=False)} the debiasing clamp silences every negative; the "
        "other positives still push them."
    ]


def sums(loss: SSCL, pairs: Pairs, record: LossRecord, pulls: Pairs) -> str:
    """What the pulls add up to, clamped or not."""
    drawn = float(pulls.pos.sum())
    if bool(record.clamped[0]):
        if all(part.clamped for part in softmax.positive_parts(loss, pairs, record)):
            return (
                f"Clamped: pulls on negatives are 0, those on positives sum to {number(drawn)}. "
                "Nothing pushes against them."
            )
        return (
            f"Clamped for some: pulls on positives sum to {number(drawn)}, and those on negatives "
            "cancel only the part of the positives that are not."
        )
    if loss.class_prior > 0:
        return f"{softmax.matched(drawn)}, until debiasing clamps the negatives."
    fades = "nearer positives and farther negatives make it less"
    if loss.beta > 0:
        fades = "nearer positives make it less"
    return f"{softmax.matched(drawn)} of at most 1/τ = {short(1 / loss.temperature)}; {fades}."
