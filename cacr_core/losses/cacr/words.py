"""What CACR has to say of a scene of one query: its filled formula, notes and sums."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from cacr_core.losses.shared import without_repulsion
from cacr_core.losses.tokens import (
    Line,
    Token,
    Ways,
    are_drawn_in,
    are_pushed,
    bracketed,
    chosen,
    line,
    mean_of,
    measured,
    number,
    share_of,
    short,
    sign,
    signed_sum,
    symbol,
    total,
    weighed,
)

if TYPE_CHECKING:
    from cacr_core.losses.cacr import CACR
    from cacr_core.losses.record import LossRecord
    from cacr_core.pairs import Pairs

MEANING = (
    "π⁻ is how likely each negative would be met if near ones were drawn more often, in "
    "proportion to e^(−t⁻ d): the negatives' distribution conditional on the query. By the "
    "paper's theory, pushing them in these shares lowers the mutual information between a "
    "query and its negatives. π⁺ samples far positives more often, in proportion to e^(t⁺ d)."
)
TIMES, MINUS = sign("·"), sign("−")
SLIGHT = 1e-9


def formula(
    loss: CACR, pairs: Pairs, record: LossRecord, pos: Sequence[str], neg: Sequence[str]
) -> list[Line]:
    """Symbols, laws of the weights, attraction and repulsion, filled."""
    near, far = pairs.pos[0].tolist(), pairs.neg[0].tolist()
    rbf = loss.cost == "rbf"
    pulled = weighed(record.pos_weights[0].tolist(), near, pos)
    pushed = weighed(record.neg_weights[0].tolist(), _kernels(loss, pairs) if rbf else far, neg)
    if rbf:
        repulsion = chosen(loss.beta) + sign("·") + sign("log") + bracketed(pushed)
    else:
        repulsion = sign("−") + chosen(loss.beta) + sign("·") + bracketed(pushed)
    if loss.class_prior > 0:
        false = chosen(loss.class_prior)
        if not loss.released_debiasing:
            false += sign("·") + chosen(loss.beta)
        near_mean = mean_of(signed_sum(near, pos), len(pos))
        false = sign("−" if loss.released_debiasing else "+") + false + sign("·") + near_mean
        repulsion = bracketed(repulsion, false) + sign("/") + chosen(1 - loss.class_prior)
    attraction = chosen(loss.alpha) + sign("·") + bracketed(pulled)
    sharp = {"+": f"{loss.t_pos:g}", "−": f"−{loss.t_neg:g}"}
    laws = [symbol("π", group) + sign("∝") + symbol("e", f"{t} d") for group, t in sharp.items()]
    return [
        line("formula", _symbols(loss)),
        line("weights", laws[0], sign(","), laws[1]),
        line("attraction", attraction, total(float(record.attraction))),
        line("repulsion", repulsion, total(float(record.repulsion))),
    ]


def _symbols(loss: CACR) -> list[Token]:
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
    rest = sign("/") + bracketed(chosen(1), sign("−"), prior)
    return start + sign("+") + bracketed(push, false, mean) + rest


def ways(loss: CACR, pairs: Pairs, record: LossRecord) -> tuple[Ways, Ways]:
    """How each positive, and each negative, comes by its weight and its pull."""
    return _near_ways(loss, pairs, record), _far_ways(loss, pairs, record)


def _near_ways(loss: CACR, pairs: Pairs, record: LossRecord) -> Ways:
    mean, n_pos = float(_plain(loss)(pairs).attraction), len(pairs.pos[0])
    near: Ways = []
    for d, w in zip(pairs.pos[0].tolist(), record.pos_weights[0].tolist(), strict=True):
        way = chosen(2 * loss.alpha) + TIMES + measured(w, role="weight")
        if not loss.detach_weights:
            inner = chosen(loss.t_pos) + TIMES
            inner += bracketed(measured(d), MINUS, measured(mean))
            way += TIMES + bracketed(chosen(1), sign("+"), inner)
        if loss.class_prior > 0:
            size = chosen(2 * loss.class_prior * (1 if loss.released_debiasing else loss.beta))
            way += (MINUS if loss.released_debiasing else sign("+")) + size + _over_rest(loss)
            way += sign("/") + chosen(n_pos) if n_pos > 1 else []
        near.append((share_of(loss.t_pos, d, w), way))
    return near


def _far_ways(loss: CACR, pairs: Pairs, record: LossRecord) -> Ways:
    mean, rbf = -float(_plain(loss)(pairs).repulsion), loss.cost == "rbf"
    through = not loss.detach_weights
    far: Ways = []
    values = _kernels(loss, pairs) if rbf else pairs.neg[0].tolist()
    expected = float(replace(loss, beta=1.0)(pairs).repulsion.exp()) if rbf else math.nan
    rows = zip(pairs.neg[0].tolist(), values, record.neg_weights[0].tolist(), strict=True)
    for d, value, w in rows:
        way = MINUS + chosen(2 * loss.beta) + TIMES + measured(w, role="weight")
        if rbf:
            inner = chosen(loss.t_rbf) + TIMES + measured(value)
            if through:
                left = bracketed(measured(value), MINUS, measured(expected))
                inner = bracketed(inner, sign("+"), chosen(loss.t_neg), TIMES, left)
            way += TIMES + inner + sign("/") + measured(expected)
        elif through:
            inner = chosen(loss.t_neg) + TIMES
            inner += bracketed(measured(d), MINUS, measured(mean))
            way += TIMES + bracketed(chosen(1), MINUS, inner)
        far.append((share_of(-loss.t_neg, d, w), way + _over_rest(loss)))
    return far


def _over_rest(loss: CACR) -> list[Token]:
    return sign("/") + chosen(1 - loss.class_prior) if loss.class_prior > 0 else []


def _plain(loss: CACR) -> CACR:
    """Whose parts are the mean distances, as these weights have them."""
    return replace(loss, alpha=1.0, beta=1.0, class_prior=0.0, cost="euclidean")


def _kernels(loss: CACR, pairs: Pairs) -> list[float]:
    r"""$e^{-t d}$ of every negative: its weight at $t^- = t$, times their sum, which the loss tells
    when it weighs all alike."""
    shares = replace(loss, t_neg=loss.t_rbf)(pairs).neg_weights[0]
    alike = replace(loss, t_neg=0.0, beta=1.0)(pairs)
    return (shares * len(shares) * alike.repulsion.exp()).tolist()


def surprises(loss: CACR, pairs: Pairs, pulls: Pairs, marks: Sequence[str]) -> list[str]:
    """Why negatives are drawn in, and positives pushed away."""
    n_pos = pairs.pos.shape[1]
    pos = dict(zip(marks[:n_pos], pulls.pos[0].tolist(), strict=True))
    neg = dict(zip(marks[n_pos:], pulls.neg[0].tolist(), strict=True))
    drawn_in = [mark for mark, pull in neg.items() if pull > SLIGHT]
    pushed = [mark for mark, pull in pos.items() if pull < -SLIGHT]
    distance = dict(zip(pos, pairs.pos[0].tolist(), strict=True))
    return _drawn_in(loss, pairs, drawn_in) + _pushed(loss, pairs, pushed, distance)


def _drawn_in(loss: CACR, pairs: Pairs, marks: list[str]) -> list[str]:
    if not marks:
        return []
    bound = ""
    if loss.cost == "euclidean" and loss.t_neg > 0:
        mean = -float(_plain(loss)(pairs).repulsion)
        bound = f" from a distance of {number(mean + 1 / loss.t_neg)} (mean + 1/t⁻)"
    return [
        f"{are_drawn_in(marks)}: gradient goes through the weights, and{bound} coming closer takes "
        "more weight from the nearer negatives than being nearer costs."
    ]


def _pushed(loss: CACR, pairs: Pairs, marks: list[str], distance: dict[str, float]) -> list[str]:
    """By the gradient through the weights, or by released debiasing."""
    bound = -1.0
    if not loss.detach_weights and loss.t_pos > 0 and loss.alpha > 0:
        bound = float(_plain(loss)(pairs).attraction) - 1 / loss.t_pos
    told = []
    if by_weights := [mark for mark in marks if distance[mark] < bound]:
        told.append(
            f"{are_pushed(by_weights)}: gradient goes through the weights, and below a distance "
            f"of {number(bound)} (mean − 1/t⁺) going away takes more weight from the farther "
            "positives than being farther costs."
        )
    if by_debiasing := [mark for mark in marks if distance[mark] >= bound]:
        told.append(
            f"{are_pushed(by_debiasing)}: debiasing as released has the sign that repels positives."
        )
    return told


def weights_note(loss: CACR, n_pos: int, n_neg: int) -> str:
    """Where a weight has no say, or says nothing of a pull."""
    if n_pos == 1 and n_neg == 1:
        return "With one positive and one negative both weights are always 1."
    if n_pos == 1:
        return "With one positive its attraction weight is always 1: t⁺ has no say."
    if n_neg == 1:
        return "With one negative its repulsion weight is always 1: t⁻ has no say."
    if loss.beta == 0:
        return "β is 0: the negatives have weights and no pull."
    return ""


def sums(loss: CACR) -> str:
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
        f"pulls sum to {toward} = {short(drawn)} on positives and −{away} = {short(-pushed)} on "
        "negatives."
    )


def cause(loss: CACR, trouble: Literal["collapse", "few directions"]) -> str:
    """Which setting has the embeddings collapse, where one does."""
    if loss.beta == 0:
        return without_repulsion("β", trouble)
    if trouble == "few directions" and loss.t_neg == 0 and loss.cost == "euclidean":
        return (
            "with t⁻ = 0 repulsion looks only at the mean of the negatives, which two opposite "
            "groups satisfy; raise it"
        )
    return ""
