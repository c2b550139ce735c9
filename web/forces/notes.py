"""What is surprising in a scene of one query, in a sentence each, and why it is so.

Why, the loss says itself; of one that does not, what can be seen of any loss is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cacr_core.losses import Loss, LossRecord
from cacr_core.losses.tokens import are_drawn_in, are_pushed, listed
from cacr_core.losses.words import own
from cacr_core.pairs import Pairs

SLIGHT = 1e-9


def notes(
    loss: Loss,
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
    surprises, weights_note = own(loss, "surprises"), own(loss, "weights_note")
    says_pulls = surprises is not None or weights_note is not None
    told = [
        *(surprises(pairs, record, pulls, marks) if surprises else []),
        *([] if surprises else _directions(pos, neg)),
        _coincident([mark for mark in marks if still.get(mark) == "coincident"]),
        _antipodal([mark for mark in marks if still.get(mark) == "antipodal"]),
        weights_note(pos, len(neg)) if weights_note else "",
        "" if says_pulls else _idle(neg),
    ]
    return [sentence for sentence in told if sentence]


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


def _directions(pos: Mapping[str, float], neg: Mapping[str, float]) -> list[str]:
    """Negatives that come nearer and positives that go away, whatever the loss."""
    told = []
    if marks := [mark for mark, pull in neg.items() if pull > SLIGHT]:
        told.append(f"{are_drawn_in(marks)}: as the points stand, nearer makes this loss less.")
    if marks := [mark for mark, pull in pos.items() if pull < -SLIGHT]:
        told.append(f"{are_pushed(marks)}: as the points stand, farther makes this loss less.")
    return told


def _idle(neg: Mapping[str, float]) -> str:
    """Negatives that are not moved, whatever the loss."""
    idle = [mark for mark, pull in neg.items() if abs(pull) <= SLIGHT]
    if not idle:
        return ""
    if len(idle) == len(neg):
        return "As the points stand, this loss moves no negative."
    is_moved = "is" if len(idle) == 1 else "are"
    return f"{listed(idle)} {is_moved} not moved by this loss, as the points stand."
