"""What losses share: settings, their words and what they may be, and shares of pulls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.pairs import Pairs

TEMPERATURE: dict[str, Any] = {
    "label": "temperature",
    "symbol": "τ",
    "help": "It divides similarities: smaller is sharper.",
    "least": 0.02,
    "most": 2.0,
    "step": 0.01,
    "leads": True,
    "sweep": (0.05, 1.0),
    "divides": True,
}
DETACH_WEIGHTS: dict[str, Any] = {
    "label": "no gradient through the weights",
    "help": "Same loss, other forces: with gradient through the weights far negatives may be drawn "
    "in.",
    "says": {True: "weights detached", False: "gradient through the weights"},
    "pulls_only": True,
}
CLASS_PRIOR: dict[str, Any] = {
    "label": "expected share of false negatives",
    "symbol": "τ⁺",
    "help": "Share of negatives taken to be of the query's own class, finding none of them: larger "
    "pushes every negative harder, in SSCL until a clamp silences them all.",
    "least": 0.0,
    "most": 0.5,
    "step": 0.01,
}

POSITIVES_IN_LOG = "positives stand in its log, too, not how near different images are alone"
DEBIASED = "debiasing counts in it how near views of one image are, not different images alone"
CLASSES_COUNT = "all images of a class count in it, not views of one image alone"


def without_repulsion(symbol: str, trouble: str) -> str:
    """What "collapse" and "few directions" come of where the strength of repulsion is 0."""
    if trouble == "collapse":
        answer = "one place for all is a perfect answer"
    else:
        answer = "nothing asks for more directions"
    return f"repulsion is switched off ({symbol} = 0), so {answer}"


def require_at_least(loss: object, least: float, *names: str) -> None:
    """Refuse settings that are not finite numbers of `least` or more."""
    for name in names:
        value = getattr(loss, name)
        if not (value >= least and math.isfinite(value)):
            raise ValueError(f"{name} must be a finite number of {least} or more, got {value}.")


def require_above(loss: object, bound: float, *names: str) -> None:
    """Refuse settings that are not finite numbers above `bound`."""
    for name in names:
        value = getattr(loss, name)
        if not (value > bound and math.isfinite(value)):
            raise ValueError(f"{name} must be a finite number above {bound}, got {value}.")


def require_class_prior(value: float) -> None:
    """Refuse what is no share below 1."""
    if not 0 <= value < 1:
        raise ValueError(
            f"class_prior is a share of false negatives, 0 or more and below 1, got {value}."
        )


def require_own_rows(pairs: Pairs) -> None:
    """Refuse negatives that are not in the row of their query.

    Of 3 views the rows of later views are as many as the queries and are told by their length
    alone. Pairs of 3 views with a queue alone that holds n_items - 1 entries look the same and are
    refused with them.
    """
    if len(pairs.pos) != len(pairs.neg):
        raise ValueError(
            "This loss contrasts a query's positives with its own negatives and needs the same "
            f"rows in both, got {len(pairs.pos)} and {len(pairs.neg)}. Use negatives='all_views'."
        )
    if (n_blocks := blocks_of_later_views(pairs)) > 1:
        raise ValueError(
            "This loss contrasts a query's positives with its own negatives, got negatives of "
            f"{n_blocks} pairs of views. Use negatives='all_views'."
        )


def blocks_of_later_views(pairs: Pairs) -> int:
    """How many pairs of views the rows of `neg` stand for, block after block, where negatives are
    those of later views; else 1."""
    n_views = pairs.pos.shape[1] + 1
    n_pairs, n_items = n_views * (n_views - 1) // 2, pairs.neg.shape[1] + 1
    later = len(pairs.pos) == n_views * n_items and len(pairs.neg) == n_pairs * n_items
    return n_pairs if later else 1


def as_shares(sizes: Tensor) -> Tensor:
    """Each row of `(query, n)`, none below 0, over its sum; alike where all of it is 0.

    For losses that have no softmax to show: pulls of a row as shares of their sum.
    """
    total = sizes.sum(dim=1, keepdim=True)
    alike = sizes.new_full(sizes.shape, 1 / sizes.shape[1])
    return (sizes / total.clamp_min(1e-30)).where(total > 0, alike)
