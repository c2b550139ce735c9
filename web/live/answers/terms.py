"""Numbers inside a loss that its record does not hold, had by calling losses on the same distances:
no formula of a loss is written a second time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from cacr_core.losses import CACR, SSCL, InfoNCE, LossRecord
from cacr_core.pairs import Pairs
from web.live.answers.tokens import exp, expm1

Formula = CACR | SSCL | InfoNCE


class PositivePart(NamedTuple):
    """What one positive makes of the loss.

    Attributes:
        exponential: $e^{x_+}$.
        rest: What stands beside it in the log: G, of InfoNCE the sum over the negatives.
        share: $P_+$, its exponential's share of both.
        clamped: Whether the negatives are silenced for it.
    """

    exponential: float
    rest: float
    share: float
    clamped: bool


def positive_parts(loss: SSCL | InfoNCE, pairs: Pairs, record: LossRecord) -> list[PositivePart]:
    """By the loss of each positive alone: $G = e_+ (e^L - 1)$. `record` is `loss(pairs)`."""
    n_pos = pairs.pos.shape[1]
    parts = []
    for k in range(n_pos):
        one = loss(Pairs(pairs.pos[:, k : k + 1], pairs.neg)) if n_pos > 1 else record
        near = exp(-float(one.attraction))
        total = float(one.total)
        parts.append(PositivePart(near, near * expm1(total), exp(-total), bool(one.clamped)))
    return parts


def exponentials(loss: SSCL | InfoNCE, pairs: Pairs) -> tuple[list[float], float]:
    """$e^{x_j}$ of every negative, each its share in InfoNCE of their sum; and the sum."""
    plain = InfoNCE(loss.temperature)
    whole = _rest(plain, pairs)
    return [share * whole for share in plain(pairs).neg_weights[0].tolist()], whole


def hardened_sum(loss: SSCL, pairs: Pairs) -> float:
    r"""$R = N \sum_j \nu_j e^{x_j}$: the loss without debiasing."""
    return _rest(replace(loss, class_prior=0.0), pairs)


def importance(loss: SSCL, pairs: Pairs) -> list[float]:
    r"""$\nu = \mathrm{softmax}(\beta x)$, which is CACR's weight at $t^- = \beta / 2\tau$."""
    return CACR(t_neg=loss.beta / (2 * loss.temperature))(pairs).neg_weights[0].tolist()


def kernels(loss: CACR, pairs: Pairs) -> list[float]:
    r"""$e^{-t d}$ of every negative: CACR's weight at $t^- = t$, times their sum, which the loss
    tells when it weighs all alike."""
    shares = CACR(t_neg=loss.t_rbf)(pairs).neg_weights[0]
    alike = CACR(t_neg=0.0, cost="rbf", t_rbf=loss.t_rbf)(pairs)
    return (shares * len(shares) * alike.repulsion.exp()).tolist()


def _rest(loss: SSCL | InfoNCE, pairs: Pairs) -> float:
    """$e_+ (e^L - 1)$ with a positive as near as the nearest negative, where no digits are lost."""
    record = loss(Pairs(pairs.neg.min().view(1, 1), pairs.neg))
    return exp(-float(record.attraction)) * expm1(float(record.total))
