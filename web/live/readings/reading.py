"""One number as it is shown, and how numbers and their courses are told."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from cacr_core.losses import LOSSES, make_loss
from cacr_core.losses.tokens import number as number
from cacr_core.losses.words import own

Row = dict[str, float]
About = dict[str, Any]
COLLAPSED = 0.15  # spread below which all images are in nearly one place
FEWEST_DIRECTIONS = 4.0  # below, a cloud of many dimensions has collapsed to few


class Reading(NamedTuple):
    """One number of a run, as shown.

    Attributes:
        value: The number itself; NaN where there is none yet.
        text: The number as a person reads it, with its unit.
        chance: What it is read against, such as what guessing gives; empty where that means
            nothing.
        sentence: What it means now.
        level: good, plain or warn.
        at: The step it was measured at, where that is not the step shown.
        chance_value: The number of `chance`, to be drawn; None where there is none.
        tile: The key of the reading in whose tile it stands; its own if empty.
    """

    key: str
    title: str
    value: float
    text: str
    chance: str
    sentence: str
    level: str = "plain"
    at: int | None = None
    chance_value: float | None = None
    tile: str = ""


def percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.9995 else "100 %"


def said_of(about: About, what: str, *given: Any) -> Any:
    """What the loss of a run says of itself (`losses.words`); None where it says nothing."""
    settings = dict(about.get("loss", {}))
    name = settings.pop("name", None)
    if name not in LOSSES:
        return None
    try:
        loss = make_loss(name, **settings)
    except ValueError:  # recorded by a version whose loss had other settings
        return None
    if has_keys(about) and (weighing := own(loss, "weighing_keys")):
        loss = weighing()
    method = own(loss, what)
    return method(*given) if callable(method) else method


def has_keys(about: About) -> bool:
    """Whether a run compares predictions with keys, by its loss's form for these."""
    return bool(about.get("host") == "predictor")


class Course(NamedTuple):
    """How a number has gone of late.

    Attributes:
        going: rising, falling or steady.
        change: The mean of the last quarter less that of the quarter before.
    """

    going: str
    change: float


def course(values: Sequence[float], slack: float) -> Course:
    """The last quarter of the values against the quarter before it.

    Steady where they differ by no more than `slack`, or by no more than twice what the scatter of
    the single values leaves uncertain.
    """
    known = [v for v in values if not math.isnan(v)]
    n = max(1, len(known) // 4)
    if len(known) < 2:
        return Course("steady", 0.0)
    late, early = known[-n:], known[-2 * n : -n]
    change = sum(late) / n - sum(early) / len(early)
    steps = [b - a for a, b in itertools.pairwise(known[-max(2 * n, 5) :])]
    scatter = statistics.stdev(steps) / math.sqrt(2) if len(steps) > 2 else 0.0
    if abs(change) <= max(slack, 2 * scatter * math.sqrt(2 / n)):
        return Course("steady", change)
    return Course("rising" if change > 0 else "falling", change)


def is_collapsed(row: Row) -> bool:
    """Whether all images are in nearly one place."""
    if "spread" in row:
        return row["spread"] < COLLAPSED
    return row["uniformity"] > -0.05  # recorded before there was a spread


def is_flat(row: Row, dim: int) -> bool:
    """Whether the images, though apart, differ along a few directions only."""
    fewest = min(FEWEST_DIRECTIONS, 1 + 0.05 * dim)
    return not is_collapsed(row) and row["effective_rank"] < fewest
