"""What the rows say of a contrast: its size with an interval, and what could have been seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cacr_core.papers.study.plan import METRIC
from cacr_core.papers.study.questions import Contrast
from cacr_core.papers.tasks import Row
from cacr_core.runs.repeats import CONFIDENCE, ROUNDING, Interval, holm

POWER = 0.8


class Evidence(NamedTuple):
    """A contrast over datasets and seeds, in shares of 1.

    Attributes:
        interval: The mean of the datasets' means; its interval is of the luck of seeds, not of
            other datasets.
        error: Its standard error.
        dof: Degrees of freedom of Student's t.
        p: Two-sided, against 0; 1 where the seeds of every dataset agree, which proves nothing.
    """

    interval: Interval
    error: float
    dof: float
    p: float

    def detectable(self, level: float = 1 - CONFIDENCE) -> float:
        """The smallest effect that such a study finds in four of five cases at a level; 0 where
        seeds agree, so that there is no noise to know it by."""
        from scipy.optimize import brentq
        from scipy.stats import nct, t

        least = float(t.ppf(1 - level / 2, self.dof))
        found = brentq(lambda away: nct.sf(least, self.dof, away) - POWER, 0, 2 * least + 2)
        return float(found) * self.error


def values_of(
    contrast: Contrast, rows: Iterable[Row], metric: str = METRIC
) -> dict[str, dict[int, float]]:
    """A contrast by dataset and seed, where all of its arms are in."""
    weights = {arm.name: weight for arm, weight in contrast}
    scored: dict[tuple[str, int], dict[str, float]] = {}
    for row in rows:
        if row["arm"] in weights and row.get("trial", -1) < 0 and not row.get("failed"):
            scored.setdefault((row["dataset"], row["seed"]), {})[row["arm"]] = row["scores"][-1][
                metric
            ]
    found: dict[str, dict[int, float]] = {}
    for (dataset, seed), scores in scored.items():
        if scores.keys() == weights.keys():
            value = sum(weights[name] * score for name, score in scores.items())
            found.setdefault(dataset, {})[seed] = value
    return found


def evidence_of(by_dataset: Mapping[str, Mapping[int, float]]) -> Evidence | None:
    """The mean over datasets with the t-interval of independent groups of unequal spread.

    Source: Satterthwaite 1946, https://doi.org/10.2307/3002019, for the degrees of freedom; of two
    groups it is Welch's.

    Args:
        by_dataset: Values by dataset and seed.

    Returns:
        None where no dataset has two seeds.
    """
    from scipy.stats import t

    groups = [list(values.values()) for values in by_dataset.values() if len(values) > 1]
    if not groups:
        return None
    k = len(groups)
    means = [sum(group) / len(group) for group in groups]
    parts = []
    for group, mean in zip(groups, means, strict=True):
        agree = max(group) - min(group) < ROUNDING
        squares = 0.0 if agree else sum((value - mean) ** 2 for value in group)
        parts.append(squares / (len(group) - 1) / len(group) / k**2)
    error = math.sqrt(sum(parts))
    below = sum(part**2 / (len(group) - 1) for part, group in zip(parts, groups, strict=True))
    dof = error**4 / below if below > 0 else float(sum(len(g) - 1 for g in groups))
    mean = sum(means) / k
    half = float(t.ppf(0.5 + CONFIDENCE / 2, dof)) * error
    p = 2 * float(t.sf(abs(mean) / error, dof)) if error else 1.0
    n = sum(map(len, groups))
    return Evidence(Interval(mean, mean - half, mean + half, n), error, dof, p)


def corrected(found: Sequence[Evidence | None]) -> list[float]:
    """Holm's p-values of what there is evidence on; nan for the others."""
    adjusted = iter(holm([one.p for one in found if one is not None]))
    return [math.nan if one is None else next(adjusted) for one in found]
