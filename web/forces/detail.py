"""How one mark comes by its weight and its pull: two lines, filled with its numbers.

The closed forms stand here to be read; the numbers after the equals sign are the record's and
autograd's.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from cacr_core.losses import CACR, SSCL, InfoNCE, LossRecord, Typed
from cacr_core.pairs import Pairs
from web.forces import typed
from web.live.answers.terms import (
    Formula,
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
    measured,
    power,
    setting,
    sign,
    total,
)

TIMES = sign("·")
MINUS = sign("−")


def detail(
    loss: Formula | Typed,
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
    if isinstance(loss, Typed):
        return typed.detail(loss, record, pulls, marks, only)
    weights = [*record.pos_weights[0].tolist(), *record.neg_weights[0].tolist()]
    pull = [*pulls.pos[0].tolist(), *pulls.neg[0].tolist()]
    if isinstance(loss, CACR):
        near, far = _cacr(loss, pairs, record)
    else:
        near, far = _softmax(loss, pairs, record, pulls)
    told = {}
    for i, (mark, (weight, pulled)) in enumerate(zip(marks, near + far, strict=True)):
        if only is None or mark in only:
            told[mark] = [
                line("weight", weight, total(weights[i], mark)),
                line("pull", pulled, total(pull[i], mark)),
            ]
    return told


Ways = list[tuple[list[Token], list[Token]]]


def _cacr(loss: CACR, pairs: Pairs, record: LossRecord) -> tuple[Ways, Ways]:
    plain = replace(loss, alpha=1.0, beta=1.0, class_prior=0.0, cost="euclidean")(pairs)
    mean_pos, mean_neg = float(plain.attraction), -float(plain.repulsion)
    prior, through = loss.class_prior, not loss.detach_weights
    rest = sign("/") + setting(1 - prior) if prior > 0 else []
    near: Ways = []
    for d, w in zip(pairs.pos[0].tolist(), record.pos_weights[0].tolist(), strict=True):
        way = setting(2 * loss.alpha) + TIMES + measured(w, role="weight")
        if through:
            inner = setting(loss.t_pos) + TIMES
            inner += bracketed(measured(d), MINUS, measured(mean_pos))
            way += TIMES + bracketed(setting(1), sign("+"), inner)
        if prior > 0:
            size = setting(2 * prior * (1 if loss.released_debiasing else loss.beta))
            way += (MINUS if loss.released_debiasing else sign("+")) + size
            way += rest + (sign("/") + setting(len(pairs.pos[0])) if len(pairs.pos[0]) > 1 else [])
        near.append((_share(loss.t_pos, d, w), way))
    far: Ways = []
    values = kernels(loss, pairs) if loss.cost == "rbf" else pairs.neg[0].tolist()
    rows = zip(pairs.neg[0].tolist(), values, record.neg_weights[0].tolist(), strict=True)
    expected = _expected_kernel(loss, pairs) if loss.cost == "rbf" else math.nan
    for d, value, w in rows:
        way = MINUS + setting(2 * loss.beta) + TIMES + measured(w, role="weight")
        if loss.cost == "rbf":
            inner = setting(loss.t_rbf) + TIMES + measured(value)
            if through:
                left = bracketed(measured(value), MINUS, measured(expected))
                inner = bracketed(inner, sign("+"), setting(loss.t_neg), TIMES, left)
            way += TIMES + inner + sign("/") + measured(expected)
        elif through:
            inner = setting(loss.t_neg) + TIMES
            inner += bracketed(measured(d), MINUS, measured(mean_neg))
            way += TIMES + bracketed(setting(1), MINUS, inner)
        far.append((_share(-loss.t_neg, d, w), way + rest))
    return near, far


def _expected_kernel(loss: CACR, pairs: Pairs) -> float:
    return float(replace(loss, beta=1.0)(pairs).repulsion.exp())


def _softmax(
    loss: SSCL | InfoNCE, pairs: Pairs, record: LossRecord, pulls: Pairs
) -> tuple[Ways, Ways]:
    tau, n_pos = loss.temperature, pairs.pos.shape[1]
    hardness = loss.beta if isinstance(loss, SSCL) else 0.0
    prior = loss.class_prior if isinstance(loss, SSCL) else 0.0
    over = sign("/") + setting(tau) + (sign("/") + setting(n_pos) if n_pos > 1 else [])
    one = setting(1) + (sign("/") + setting(n_pos) if n_pos > 1 else [])
    near: Ways = []
    for part in positive_parts(loss, pairs, record):
        if prior > 0 and not part.clamped:
            both = bracketed(measured(part.exponential), sign("+"), measured(part.rest))
            way = measured(hardened_sum(loss, pairs)) + sign("/") + setting(1 - prior)
            way += sign("/") + both
        else:
            way = bracketed(setting(1), MINUS, measured(part.share))
        near.append((one, way + over))
    push = -float(pulls.neg.sum())
    sharpness = (1 + hardness) / tau
    through = hardness > 0 and not loss.detach_weights
    sampled = importance(loss, pairs) if through else record.neg_weights[0].tolist()
    far: Ways = []
    rows = zip(
        (1 - pairs.neg[0] / 2).tolist(), record.neg_weights[0].tolist(), sampled, strict=True
    )
    for s, w, nu in rows:
        share = measured(w, role="weight")
        if through:
            share = setting(1 + hardness) + TIMES + share
            share = bracketed(share, MINUS, setting(loss.beta), TIMES, measured(nu))
        far.append((_share(sharpness, s, w), MINUS + share + TIMES + measured(push)))
    return near, far


def _share(sharpness: float, value: float, weight: float) -> list[Token]:
    """An exponential over the sum it is a share of; a weight of 0 leaves the sum unknown."""
    top = exp(sharpness * value)
    factor = sharpness if value >= 0 else -sharpness
    exponent = f"{factor:g} · {abs(value):.3g}".replace("-", "−")
    whole = top / weight if weight > 0 else math.nan
    return power(exponent, top) + sign("/") + measured(whole)
