"""One sentence on a sweep, worked out from its points and from nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from cacr_core.papers.figures.sweeps import Point, Sweep
from cacr_core.papers.study.answers import points as in_points
from cacr_core.papers.tasks import dataset_title
from cacr_core.runs.repeats import Interval, holm, p_value, paired_difference

NO_POINTS = "Nothing is drawn: every run diverged, or its images have no labels."
SPAN = re.compile(r"\([+−]?[\d.]+ to ")
CLASS_SIZES = {"none": "balanced", "linear": "linear", "exponential": "exponential"}


def sentence_on(sweep: Sweep, points: Sequence[Point]) -> str:
    """What the ends and the best of each curve are, and whether that is more than noise."""
    if not points:
        return NO_POINTS
    if sweep.over_updates:
        return _on_class_sizes(sweep, points)
    lines: dict[str, list[Point]] = {}
    for point in points:
        lines.setdefault(point.line, []).append(point)
    changes = {label: _change(own[-1], own[0]) for label, own in lines.items()}
    verdicts = dict(zip(changes, _verdicts(list(changes.values())), strict=True))
    parts = []
    for label, own in lines.items():
        if isinstance(own[0].x, str):
            told = _on_names(sweep, own)
        else:
            told = _on_numbers(sweep, own, changes[label], verdicts[label])
        parts.append(f"{label}: {told}" if len(lines) > 1 else told)
    text = "; ".join(parts)
    text += f" ({_of(sweep, points, text)})."
    return text[0].upper() + text[1:]


def _change(point: Point, first: Point) -> Interval:
    """By how much a point differs from another, over the seeds that diverged at neither; of none
    where there is no such seed."""
    if point.values.keys().isdisjoint(first.values):
        return Interval(math.nan, math.nan, math.nan, 0)
    return paired_difference(point.values, first.values)


def _tells_noise(change: Interval) -> bool:
    return change.n > 1 and not change.has_no_spread


def _unsure(change: Interval) -> str:
    return (
        f"which {'one seed does' if change.n == 1 else 'seeds that agree do'} not tell from noise"
    )


def _verdicts(changes: Sequence[Interval]) -> list[str]:
    """Higher, lower or within noise of each where all are looked at at once, by Holm's levels."""
    tested = [change for change in changes if not math.isnan(p_value(change))]
    sure = [p < 0.05 for p in holm(list(map(p_value, tested)))]
    stands = {id(change) for change, is_sure in zip(tested, sure, strict=True) if is_sure}
    return [change.verdict if id(change) in stands else "within noise" for change in changes]


def _on_numbers(sweep: Sweep, own: Sequence[Point], change: Interval, verdict: str) -> str:
    best, first, last = _best(own), own[0], own[-1]
    told = f"accuracy is highest at {sweep.axis} {_x(best)}, {100 * best.interval.mean:.1f} %"
    if first is last or not change.n:
        return told
    words = {"higher": "rises", "lower": "falls"}.get(verdict)
    between = f"from {sweep.axis} {_x(first)} to {_x(last)}"
    if (times := sweep.times_the_views(first.x, last.x)) != 1:
        between += f", with {times:g} times the views at as many updates,"
    if not _tells_noise(change):
        return f"{told}, and {between} it changes {_span(change)}, {_unsure(change)}"
    if words is None:
        return f"{told}, and {between} it changes by no more than noise, {_span(change)}"
    return f"{told}, and {between} it {words}, {_span(change)}"


def _on_names(sweep: Sweep, own: Sequence[Point]) -> str:
    """Each of the others against the first, at once."""
    best, (first, *others) = _best(own), own
    told = f"accuracy is highest with {sweep.axis} {_x(best)}, {100 * best.interval.mean:.1f} %"
    changes = [_change(other, first) for other in others]
    if not changes or not all(map(_tells_noise, changes)):
        return told
    sure = [
        f"{_x(other)}, {_span(change)}"
        for other, change, p in zip(others, changes, holm(list(map(p_value, changes))), strict=True)
        if p < 0.05
    ]
    if not sure:
        return f"{told}, and none differs from {_x(first)} by more than noise (Holm)"
    return f"{told}, and from {_x(first)} differ by more than noise (Holm) {'; '.join(sure)}"


def _on_class_sizes(sweep: Sweep, points: Sequence[Point]) -> str:
    last = {}
    for point in points:
        last[point.x] = point
    told = ", ".join(f"{p.interval.mean:.3f} {CLASS_SIZES[str(x)]}" for x, p in last.items())
    text = (
        "At the end the entropy of a query's weights of negatives, 1 where all weigh alike, is "
        f"{told}"
    )
    first, *others = last.values()
    changes = [_change(point, first) for point in others]
    for point, change, verdict in zip(others, changes, _verdicts(changes), strict=True):
        if not change.n:
            continue
        words = {"higher": "more", "lower": "less"}.get(verdict, "no clear difference")
        text += f"; {CLASS_SIZES[str(point.x)]} less {CLASS_SIZES[str(first.x)]} is "
        text += _signed(change.mean)
        span = f"{_signed(change.low)} to {_signed(change.high)}"
        text += f" ({span}), {words}" if _tells_noise(change) else f", {_unsure(change)}"
    return f"{text} ({_of(sweep, points, text)})."


def _of(sweep: Sweep, points: Sequence[Point], said: str) -> str:
    """Of what it is said, and what its brackets are if it has any."""
    n = min(len(point.values) for point in points)
    steps = max(point.step for point in points)
    seeds = f"{n} seed{'s' * (n > 1)}"
    told = f"{seeds} of {steps} updates on {dataset_title(sweep.dataset)}, nothing tuned"
    return f"{told}; in brackets 95 % t-intervals" if SPAN.search(said) else told


def _signed(difference: float) -> str:
    text = f"{difference:+.3f}"
    return "0.000" if float(text) == 0 else text.replace("-", "−")


def _best(own: Sequence[Point]) -> Point:
    return max(own, key=lambda point: point.interval.mean)


def _x(point: Point) -> str:
    return f"{point.x:g}" if isinstance(point.x, int | float) else point.x.replace("_", " ")


def _span(change: Interval) -> str:
    if not _tells_noise(change):
        return f"by {in_points(change.mean)} points"
    low, high = in_points(change.low), in_points(change.high)
    return f"by {in_points(change.mean)} points ({low} to {high})"
