"""What two networks make of the same images, side by side: all that the page and `diff` say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from cacr_core.checkpoints.alike.cka import CkaTable, cka_table
from cacr_core.checkpoints.alike.classes import Changes, class_changes
from cacr_core.checkpoints.alike.neighbours import (
    Apart,
    Overlap,
    neighbour_overlap,
    pairs_apart,
)
from cacr_core.checkpoints.alike.spread import Spread, spread_of
from cacr_core.scores import PROTOCOLS, Protocol, Score, can_be_learnt, gain, knn_score
from cacr_core.scores.paired import Change


@dataclass(frozen=True, eq=False)
class Seen:
    """What one network makes of the images.

    Args:
        bank: `(n, dim)`, of the labelled images that classes are learnt from.
        test: `(m, dim)`, of the images looked at, held out.
        layers: `(m, dim)` by the name of an inner layer.
        views: `(some, dim)` each, of augmented views of the first of them.
        untrained: What the untrained network of its form makes of them.
    """

    bank: Tensor
    test: Tensor
    layers: Mapping[str, Tensor] = field(default_factory=dict)
    views: Sequence[Tensor] = ()
    untrained: Seen | None = None


@dataclass(frozen=True, eq=False)
class Votes:
    """How two networks score by one protocol.

    Args:
        scores: Of the first, of the second.
        changes: Of all classes and each, the second less the first.
        untrained: Of the untrained network of the form of each; None where there is none.
        gains: Of each over that.
    """

    scores: tuple[Score, Score]
    changes: Changes
    untrained: tuple[Score | None, Score | None]
    gains: tuple[Change | None, Change | None]


@dataclass(frozen=True, eq=False)
class Likeness:
    """Two networks on the same images.

    Args:
        cka: Between inner layers, and last between what is compared, under `of`.
        overlap: Who is near whom in each.
        apart: Pairs that the first has near and the second far, and the other way round.
        spread: Of each.
        votes: By the name of a protocol; empty where classes cannot be learnt.
    """

    cka: CkaTable
    overlap: Overlap
    apart: tuple[list[Apart], list[Apart]]
    spread: tuple[Spread, Spread]
    votes: dict[str, Votes]


def likeness_of(
    a: Seen,
    b: Seen,
    bank_labels: Tensor,
    labels: Tensor,
    names: Sequence[str],
    *,
    of: str = "features",
) -> Likeness:
    """Compare them.

    Args:
        bank_labels, labels: Of the images of `bank` and of `test`; below 0 where unknown.
        names: Of the classes.
        of: What `test` is called among the layers.
    """
    return Likeness(
        cka_table(*({**side.layers, of: side.test} for side in (a, b))),
        neighbour_overlap(a.test, b.test),
        (pairs_apart(a.test, b.test), pairs_apart(b.test, a.test)),
        (spread_of(a.test, a.views), spread_of(b.test, b.views)),
        _votes(a, b, bank_labels, labels, names),
    )


def _votes(
    a: Seen, b: Seen, bank_labels: Tensor, labels: Tensor, names: Sequence[str]
) -> dict[str, Votes]:
    if not can_be_learnt(bank_labels, labels, len(names)):
        return {}
    found = {}
    for name, one in PROTOCOLS.items():

        def score(seen: Seen, one: Protocol = one) -> Score:
            asked = (seen.bank, bank_labels, seen.test, labels, len(names))
            return knn_score(*asked, one.k, one.temperature)

        def gained(base: Score | None, own: Score) -> Change | None:
            return None if base is None else gain(base.said, own.said, labels)

        scores = score(a), score(b)
        base_a, base_b = (
            None if side.untrained is None else score(side.untrained) for side in (a, b)
        )
        found[name] = Votes(
            scores,
            class_changes(scores[0].right, scores[1].right, labels, names),
            (base_a, base_b),
            (gained(base_a, scores[0]), gained(base_b, scores[1])),
        )
    return found
