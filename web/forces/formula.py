"""A loss written out and filled with the numbers of one query.

Weights and totals come from the record, exponentials, kernels and SSCL's R and G from
`web.live.answers.terms`: nothing is worked out here but what the signs between the numbers say.
"""

from __future__ import annotations

from collections.abc import Sequence

from cacr_core.losses import CACR, SSCL, InfoNCE, LossRecord, Typed
from cacr_core.pairs import Pairs
from web.forces import typed
from web.live.answers.terms import (
    Formula,
    PositivePart,
    exponentials,
    hardened_sum,
    importance,
    kernels,
    positive_parts,
)
from web.live.answers.tokens import (
    Line,
    Token,
    bracketed,
    exp,
    line,
    mean_of,
    measured,
    plus,
    power,
    setting,
    sign,
    signed_sum,
    symbol,
    total,
)


def formula(
    loss: Formula | Typed, pairs: Pairs, record: LossRecord, marks: Sequence[str]
) -> list[Line]:
    """The loss as symbols, then filled: attraction, what becomes of the negatives, repulsion, loss.

    Args:
        pairs: One query: pos `(1, K)`, neg `(1, M)` with the synthetics last.
        record: `loss(pairs)`.
        marks: K + M names, positives first: p0, n0, ..., s0. A term carries its mark's name.

    Raises:
        ValueError: More than one query, or not a name for every pair.
    """
    pos, neg = _split(pairs, marks)
    if isinstance(loss, Typed):
        lines = typed.formula(loss, record)
    elif isinstance(loss, CACR):
        lines = _cacr(loss, pairs, record, pos, neg)
    else:
        lines = _softmax(loss, pairs, record, pos, neg)
    attraction, repulsion = float(record.attraction), float(record.repulsion)
    added = signed_sum([attraction, repulsion], [None, None])
    return [*lines, line("loss", added, total(float(record.total)))]


def _cacr(
    loss: CACR, pairs: Pairs, record: LossRecord, pos: Sequence[str], neg: Sequence[str]
) -> list[Line]:
    near, far = pairs.pos[0].tolist(), pairs.neg[0].tolist()
    rbf = loss.cost == "rbf"
    pulled = _weighed(record.pos_weights[0].tolist(), near, pos)
    pushed = _weighed(record.neg_weights[0].tolist(), kernels(loss, pairs) if rbf else far, neg)
    if rbf:
        repulsion = setting(loss.beta) + sign("·") + sign("log") + bracketed(pushed)
    else:
        repulsion = sign("−") + setting(loss.beta) + sign("·") + bracketed(pushed)
    if loss.class_prior > 0:
        false = setting(loss.class_prior)
        if not loss.released_debiasing:
            false += sign("·") + setting(loss.beta)
        near_mean = mean_of(signed_sum(near, pos), len(pos))
        false = sign("−" if loss.released_debiasing else "+") + false + sign("·") + near_mean
        repulsion = bracketed(repulsion, false) + sign("/") + setting(1 - loss.class_prior)
    attraction = setting(loss.alpha) + sign("·") + bracketed(pulled)
    sharp = {"+": f"{loss.t_pos:g}", "−": f"−{loss.t_neg:g}"}
    laws = [symbol("π", group) + sign("∝") + symbol("e", f"{t} d") for group, t in sharp.items()]
    return [
        line("formula", _cacr_symbols(loss)),
        line("weights", laws[0], sign(","), laws[1]),
        line("attraction", attraction, total(float(record.attraction))),
        line("repulsion", repulsion, total(float(record.repulsion))),
    ]


def _cacr_symbols(loss: CACR) -> list[Token]:
    sum_of = sign("Σ")
    start = symbol("L") + sign("=") + symbol("α") + sum_of + symbol("π", "+") + symbol("d")
    if loss.cost == "rbf":
        end = symbol("β") + sign("log") + sum_of + symbol("π", "−") + symbol("e", "−t d")
        return start + sign("+") + end
    push = sign("−") + symbol("β") + sum_of + symbol("π", "−") + symbol("d")
    if loss.class_prior == 0:
        return start + push
    prior, mean = symbol("τ", "+"), sign("mean") + symbol("d", low="+")
    false = sign("−") + prior if loss.released_debiasing else sign("+") + prior + symbol("β")
    rest = sign("/") + bracketed(setting(1), sign("−"), prior)
    return start + sign("+") + bracketed(push, false, mean) + rest


def _softmax(
    loss: SSCL | InfoNCE,
    pairs: Pairs,
    record: LossRecord,
    pos: Sequence[str],
    neg: Sequence[str],
) -> list[Line]:
    tau = loss.temperature
    parts = positive_parts(loss, pairs, record)
    nears = [part.exponential for part in parts]
    similar = (1 - pairs.pos[0] / 2).tolist()
    if len(pos) == 1:
        inner = measured(similar[0], pos[0])
        attraction = sign("−") + (bracketed(inner) if similar[0] < 0 else inner)
    else:
        attraction = sign("−") + mean_of(signed_sum(similar, pos), len(pos))
    if isinstance(loss, SSCL):
        laws, filled = _hard_negatives(loss, pairs, parts, pos, neg)
        rests = [part.rest for part in parts]
    else:
        values, whole = exponentials(loss, pairs)
        terms = [measured(value, mark) for value, mark in zip(values, neg, strict=True)]
        rests = [whole] * len(parts)
        law = symbol("x") + sign("=") + symbol("s") + sign("/") + setting(tau)
        laws = [line("logits", law)]
        filled = [line("negatives", plus(terms), total(rests[0]))]
    logs = [
        sign("log", m) + bracketed(measured(e, m), sign("+", m), measured(rest, m), mark=m)
        for e, rest, m in zip(nears, rests, pos, strict=True)
    ]
    told = line("attraction", attraction, sign("/"), setting(tau), total(float(record.attraction)))
    repulsion = line("repulsion", mean_of(plus(logs), len(pos)), total(float(record.repulsion)))
    start = line("formula", _softmax_symbols(loss))
    return [start, *laws, told, *filled, repulsion]


def _softmax_symbols(loss: SSCL | InfoNCE) -> list[Token]:
    near = symbol("e", "x₊")
    rest = symbol("G") if isinstance(loss, SSCL) else sign("Σ") + symbol("e", "x")
    start = symbol("L") + sign("=") + sign("−") + symbol("x", low="+") + sign("+")
    return start + sign("log") + bracketed(near, sign("+"), rest)


def _hard_negatives(
    loss: SSCL, pairs: Pairs, parts: list[PositivePart], pos: Sequence[str], neg: Sequence[str]
) -> tuple[list[Line], list[Line]]:
    """What x, the importance weights, R and G are; then R, and G for each positive."""
    n, prior = setting(len(neg)), loss.class_prior
    law = symbol("x") + sign("=") + symbol("s") + sign("/") + setting(loss.temperature)
    law += sign(",") + symbol("ν") + sign("∝") + symbol("e", f"{loss.beta:g} x") + sign(",")
    hard = sign("=") + symbol("N") + sign("Σ") + symbol("ν") + symbol("e", "x")
    weighed = _weighed(importance(loss, pairs), exponentials(loss, pairs)[0], neg)
    r = hardened_sum(loss, pairs)
    filled = [line("negatives", n, sign("·"), bracketed(weighed), total(r))]
    if prior == 0:
        return [line("logits", law, symbol("G"), hard)], filled
    false = symbol("τ", "+") + symbol("N") + symbol("e", "x₊")
    left = bracketed(symbol("R") + sign("−") + false)
    left += sign("/") + bracketed(setting(1), sign("−"), symbol("τ", "+"))
    either = bracketed(left, sign(","), symbol("N") + symbol("e", "−1/τ"))
    laws = [
        line("logits", law, symbol("R"), hard),
        line("definition", symbol("G") + sign("="), sign("max"), either),
    ]
    lowest = n + sign("·") + power(f"−1/{loss.temperature:g}", exp(-1 / loss.temperature))
    for part, mark in zip(parts, pos, strict=True):
        false = setting(prior) + sign("·") + n + sign("·") + measured(part.exponential, mark)
        left = bracketed(measured(r), sign("−"), false) + sign("/") + setting(1 - prior)
        value = sign("max") + bracketed(left, sign(","), lowest) if part.clamped else left
        filled.append(line("debiased", value, total(part.rest)))
    return laws, filled


def _weighed(weights: list[float], values: list[float], marks: Sequence[str]) -> list[Token]:
    return plus(
        [
            measured(w, mark, "weight") + sign("·", mark) + measured(v, mark)
            for w, v, mark in zip(weights, values, marks, strict=True)
        ]
    )


def _split(pairs: Pairs, marks: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    n_pos, n_neg = pairs.pos.shape[1], pairs.neg.shape[1]
    if len(pairs.pos) != 1 or len(pairs.neg) != 1 or n_pos + n_neg != len(marks):
        raise ValueError(
            "A filled formula needs one query and a name for each of its pairs, got "
            f"{len(pairs.pos)} queries, {n_pos} positives, {n_neg} negatives and {len(marks)} "
            "names. Give pairs of one row and p0, n0, s0, ... in their order."
        )
    return marks[:n_pos], marks[n_pos:]
