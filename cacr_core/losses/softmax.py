"""What losses share that tell positives from negatives by a softmax of similarity / temperature:
their logits, and the numbers and tokens a filled formula of theirs is made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cacr_core.losses.record import Loss, LossRecord
from cacr_core.losses.shared import require_own_rows
from cacr_core.losses.tokens import (
    DUST,
    Line,
    Token,
    Ways,
    bracketed,
    chosen,
    exp,
    expm1,
    line,
    listed,
    mean_of,
    measured,
    number,
    plus,
    share_of,
    sign,
    signed_sum,
    symbol,
    total,
)

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs

TIMES, MINUS = sign("·"), sign("−")


def logits(pairs: Pairs, temperature: float | Tensor) -> tuple[Tensor, Tensor]:
    r"""$(1 - d/2)/\tau$ of positives `(query, K)` and negatives `(query, M)`.

    Raises:
        ValueError: A query's negatives are not in its own row (`shared.require_own_rows`).
    """
    require_own_rows(pairs)
    scale = -0.5 / temperature
    return pairs.pos * scale + 1 / temperature, pairs.neg * scale + 1 / temperature


def log_sum(x: Tensor) -> tuple[Tensor, Tensor]:
    """Log of each row's summed exponentials, `(query, 1)`, and each one's share of the sum.

    The exponentials are made once for both and for the gradient, which torch's logsumexp and
    log_softmax make three times.
    """
    most = x.detach().amax(dim=1, keepdim=True)
    exponentials = (x - most).exp()
    total = exponentials.sum(dim=1, keepdim=True)
    return most + total.log(), (exponentials / total).detach()


def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x)."""
    from torch.nn.functional import softplus  # with the first tensor, not with a loss's words

    return softplus(x)


class PositivePart(NamedTuple):
    """What one positive makes of the loss.

    Attributes:
        exponential: $e^{x_+}$.
        share: $P_+$, its share of itself and what stands beside it in the log.
        clamped: Whether the negatives are silenced for it.
    """

    exponential: float
    share: float
    clamped: bool


def positive_parts(loss: Loss, pairs: Pairs, record: LossRecord) -> list[PositivePart]:
    """By the loss of each positive alone, $P_+ = e^{-L}$. `record` is `loss(pairs)`."""
    n_pos = pairs.pos.shape[1]
    parts = []
    for k in range(n_pos):
        one = loss(pairs._replace(pos=pairs.pos[:, k : k + 1])) if n_pos > 1 else record
        near, share = exp(-float(one.attraction)), exp(-float(one.total))
        parts.append(PositivePart(near, share, bool(one.clamped)))
    return parts


def rest_of(loss: Loss, pairs: Pairs) -> float:
    """$e_+ (e^L - 1)$ with a positive as near as the nearest negative, where no digits are lost."""
    record = loss(pairs._replace(pos=pairs.neg.min().view(1, 1)))
    return exp(-float(record.attraction)) * expm1(float(record.total))


def similarities(part: Tensor) -> list[float]:
    """Of one query's squared distances `(1, n)`."""
    return (1 - part[0] / 2).tolist()


def symbols(rest: list[Token]) -> Line:
    """The loss as symbols; `rest` is what stands beside the positive in the log."""
    start = symbol("L") + sign("=") + sign("−") + symbol("x", low="+") + sign("+")
    inner = bracketed(symbol("e", "x₊"), sign("+"), rest)
    return line("formula", start + sign("log") + inner)


def attraction_line(
    temperature: float, pairs: Pairs, record: LossRecord, pos: Sequence[str]
) -> Line:
    """Minus similarity over temperature, filled; the mean of several positives."""
    similar = similarities(pairs.pos)
    if len(pos) == 1:
        inner = measured(similar[0], pos[0])
        attraction = sign("−") + (bracketed(inner) if similar[0] < 0 else inner)
    else:
        attraction = sign("−") + mean_of(signed_sum(similar, pos), len(pos))
    end = total(float(record.attraction))
    return line("attraction", attraction, sign("/"), chosen(temperature), end)


def repulsion_line(
    parts: list[PositivePart], rests: list[float], record: LossRecord, pos: Sequence[str]
) -> Line:
    """The log of each positive's exponential and what stands beside it, filled."""
    logs = [
        sign("log", m) + bracketed(measured(e, m), sign("+", m), measured(rest, m), mark=m)
        for e, rest, m in zip([part.exponential for part in parts], rests, pos, strict=True)
    ]
    return line("repulsion", mean_of(plus(logs), len(pos)), total(float(record.repulsion)))


def over(temperature: float, n_pos: int) -> list[Token]:
    """Divided by the temperature, and by the positives where there are several."""
    return sign("/") + chosen(temperature) + _each(n_pos)


def one_of(n_pos: int) -> list[Token]:
    """The weight of a positive among others that weigh the same."""
    return chosen(1) + _each(n_pos)


def _each(n_pos: int) -> list[Token]:
    return sign("/") + chosen(n_pos) if n_pos > 1 else []


def told_apart(part: PositivePart) -> list[Token]:
    """How far a positive is from being told from the negatives: 1 less its share."""
    return bracketed(chosen(1), MINUS, measured(part.share))


def far_ways(
    sharpness: float, pairs: Pairs, weights: list[float], shares: list[list[Token]], push: float
) -> Ways:
    """How each negative comes by its weight, at this sharpness, and by its share of the push."""
    rows = zip(similarities(pairs.neg), weights, shares, strict=True)
    return [
        (share_of(sharpness, s, w), MINUS + share + TIMES + measured(push)) for s, w, share in rows
    ]


def matched(drawn: float) -> str:
    """How a sentence on the sums of pulls begins: for these losses they cancel."""
    return (
        "Weights sum to 1 in each group, pulls to nothing fixed: those on negatives cancel those "
        f"on positives, now {number(drawn)}"
    )


def weights_note(pulls: Mapping[str, float]) -> str:
    """That positives weigh alike, and which is pulled hardest all the same; empty for one alone."""
    n_pos = len(pulls)
    if n_pos == 1:
        return ""
    start = f"This loss does not weigh its positives: each of the {n_pos} counts the same."
    most = max(pulls.values())
    hardest = [mark for mark, pull in pulls.items() if most - pull <= 1e-3 * abs(most)]
    if most <= DUST or len(hardest) == n_pos:
        return start
    return (
        f"{start} It pulls {listed(hardest, start=False)} hardest all the same: each is told "
        "from the negatives by itself."
    )
