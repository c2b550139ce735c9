"""What is surprising in a scene of one query, in a sentence each, and why it is so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cacr_core.losses import CACR, SSCL, LossRecord, Typed
from cacr_core.pairs import Pairs
from web.live.answers.terms import Formula, positive_parts
from web.live.answers.tokens import KINDS
from web.live.readings import number

SLIGHT = 1e-9


def notes(
    loss: Formula | Typed,
    pairs: Pairs,
    record: LossRecord,
    pulls: Pairs,
    marks: Sequence[str],
    still: Mapping[str, str | None] | None = None,
) -> list[str]:
    """Sentences, the most surprising first; none where nothing surprises.

    Args:
        pairs: One query: pos `(1, K)`, neg `(1, M)`.
        record: `loss(pairs)`.
        pulls: $2 \\partial L / \\partial d$ of each pair, shaped as `pairs`: above 0 together.
        marks: K + M names, positives first.
        still: "coincident" or "antipodal" for the marks without a direction; by default those
            whose angle to the query is a hundredth of a degree or less from 0 or 180.
    """
    n_pos = pairs.pos.shape[1]
    distances = [*pairs.pos[0].tolist(), *pairs.neg[0].tolist()]
    if still is None:
        still = {mark: _still(d) for mark, d in zip(marks, distances, strict=True)}
    pos = dict(zip(marks[:n_pos], pulls.pos[0].tolist(), strict=True))
    neg = dict(zip(marks[n_pos:], pulls.neg[0].tolist(), strict=True))
    drawn_in = [mark for mark, pull in neg.items() if pull > SLIGHT]
    lie = [
        _coincident([mark for mark in marks if still.get(mark) == "coincident"]),
        _antipodal([mark for mark in marks if still.get(mark) == "antipodal"]),
    ]
    if isinstance(loss, Typed):
        return [sentence for sentence in (*_of_formulas(pos, drawn_in), *lie) if sentence]
    told = [
        _clamped(loss, pairs, record, marks),
        _drawn_in(loss, pairs, record, drawn_in),
        *_pushed(loss, pairs, pos),
        *lie,
        _weights_alone(loss, pos, len(neg)),
    ]
    return [sentence for sentence in told if sentence]


def _of_formulas(pulls: Mapping[str, float], drawn_in: list[str]) -> list[str]:
    """What goes against attraction and repulsion; why, the formulas alone can say."""
    told = []
    if pushed := [mark for mark, pull in pulls.items() if pull < -SLIGHT]:
        told.append(
            f"{_are_pushed(pushed)}: at these places the loss falls as that distance grows."
        )
    if drawn_in:
        is_drawn = "is" if len(drawn_in) == 1 else "are"
        told.append(
            f"{listed(drawn_in)} {is_drawn} drawn in, not driven away: at these places the "
            "loss falls as that distance shrinks."
        )
    return told


def _still(distance: float) -> str | None:
    # the squared sine of the angle is d (4 - d) / 4
    if distance * (4 - distance) > 1.2e-7:
        return None
    return "coincident" if distance < 2 else "antipodal"


def _coincident(marks: list[str]) -> str:
    if not marks:
        return ""
    lie, have = ("lies", "has") if len(marks) == 1 else ("lie", "have")
    return (
        f"{listed(marks)} {lie} on the query and {have} no arrow, whatever the weight: from here "
        "every direction leads away, and none more than another."
    )


def _antipodal(marks: list[str]) -> str:
    if not marks:
        return ""
    lie, have = ("lies", "has") if len(marks) == 1 else ("lie", "have")
    return (
        f"{listed(marks)} {lie} opposite the query and {have} no arrow, whatever the weight: "
        "every direction leads nearer, and none more than another."
    )


def _drawn_in(loss: Formula, pairs: Pairs, record: LossRecord, marks: list[str]) -> str:
    if not marks:
        return ""
    is_drawn = "is" if len(marks) == 1 else "are"
    start = f"{listed(marks)} {is_drawn} drawn in, not driven away: gradient goes through the "
    if isinstance(loss, SSCL):
        return (
            f"{start}importance weights, and coming closer takes more importance from the nearer "
            "negatives than being nearer costs."
        )
    if isinstance(loss, CACR) and loss.cost == "euclidean" and loss.t_neg > 0:
        mean = -float(replace(loss, beta=1.0, class_prior=0.0)(pairs).repulsion)
        bound = f" from a distance of {number(mean + 1 / loss.t_neg)} (mean + 1/t⁻)"
    else:
        bound = ""
    return (
        f"{start}weights, and{bound} coming closer takes more weight from the nearer negatives "
        "than being nearer costs."
    )


def _pushed(loss: Formula, pairs: Pairs, pulls: Mapping[str, float]) -> list[str]:
    """Positives driven away: by the gradient through the weights, or by released debiasing."""
    marks = [mark for mark, pull in pulls.items() if pull < -SLIGHT]
    if not marks or not isinstance(loss, CACR):
        return []
    bound = -1.0
    if not loss.detach_weights and loss.t_pos > 0 and loss.alpha > 0:
        bound = float(replace(loss, alpha=1.0)(pairs).attraction) - 1 / loss.t_pos
    distance = dict(zip(pulls, pairs.pos[0].tolist(), strict=True))
    told = []
    if by_weights := [mark for mark in marks if distance[mark] < bound]:
        told.append(
            f"{_are_pushed(by_weights)}: gradient goes through the weights, and below a distance "
            f"of {number(bound)} (mean − 1/t⁺) going away takes more weight from the farther "
            "positives than being farther costs."
        )
    if by_debiasing := [mark for mark in marks if distance[mark] >= bound]:
        told.append(
            f"{_are_pushed(by_debiasing)}: debiasing as released has the sign that repels "
            "positives."
        )
    return told


def _are_pushed(marks: list[str]) -> str:
    return f"{listed(marks)} {'is' if len(marks) == 1 else 'are'} pushed away, not drawn in"


def _clamped(loss: Formula, pairs: Pairs, record: LossRecord, marks: Sequence[str]) -> str:
    if not isinstance(loss, SSCL) or not bool(record.clamped[0]):
        return ""
    parts = positive_parts(loss, pairs, record)
    clamped = [mark for mark, part in zip(marks[: len(parts)], parts, strict=True) if part.clamped]
    if len(clamped) == len(parts):
        return (
            "The debiasing clamp silences every negative: what is left of them without the share "
            "expected to be false is no more than if all lay opposite the query. Only attraction "
            "is left; a lower τ⁺ brings them back."
        )
    return (
        f"For {listed(clamped, start=False)} the debiasing clamp silences every negative; the "
        "other positives still push them."
    )


def _weights_alone(loss: Formula, pulls: Mapping[str, float], n_neg: int) -> str:
    n_pos = len(pulls)
    if isinstance(loss, CACR):
        if n_pos == 1 and n_neg == 1:
            return "With one positive and one negative both weights are always 1."
        if n_pos == 1:
            return "With one positive its attraction weight is always 1: t⁺ has no say."
        if n_neg == 1:
            return "With one negative its repulsion weight is always 1: t⁻ has no say."
        if loss.beta == 0:
            return "β is 0: the negatives have weights and no pull."
        return ""
    if n_pos == 1:
        return ""
    start = f"This loss does not weigh its positives: each of the {n_pos} counts the same."
    hardest = max(pulls, key=lambda mark: pulls[mark])
    if pulls[hardest] - min(pulls.values()) <= 1e-3 * abs(pulls[hardest]):
        return start
    return (
        f"{start} It pulls {listed([hardest], start=False)} hardest all the same: each is told "
        "from the negatives by itself."
    )


def listed(marks: Sequence[str], start: bool = True) -> str:
    """Positive 1; negatives 2, 3 and synthetic 1: as a sentence begins, or goes on."""
    groups = []
    for kind, word in KINDS.items():
        numbers = [str(int(mark[1:]) + 1) for mark in marks if mark[0] == kind]
        if numbers:
            groups.append(f"{word}{'s' if len(numbers) > 1 else ''} {_and(numbers)}")
    text = _and(groups)
    return text[0].upper() + text[1:] if start else text


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
