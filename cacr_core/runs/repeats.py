"""The same comparison for several seeds, and whether what differs is more than noise."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from cacr_core.runs.cluster import results
from cacr_core.runs.comparison import Comparison
from cacr_core.runs.paths import append_line
from cacr_core.runs.reading import read_lines
from cacr_core.training import (
    Source,
    TrainConfig,
    Training,
    arithmetic,
    choose_device,
    choose_precision,
)
from cacr_core.training.devices import give_back
from cacr_core.training.faults import is_out_of_memory, memory_sentence

CONFIDENCE = 0.95
ROUNDING = 1e-9  # values that lie no farther apart are equal
MOST_AT_ONCE = 16  # that are trained in lockstep
REPEATS = "repeat again to go on"


class Interval(NamedTuple):
    """A mean with its 95 % t-interval; low and high are nan for fewer than two values."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def has_no_spread(self) -> bool:
        """Whether several values were equal: an interval of no width tells nothing of noise."""
        return self.low == self.high

    @property
    def verdict(self) -> str:
        """Of a difference: "higher", "lower", "within noise" when the interval holds 0, or "no
        spread" where there is no telling."""
        if self.has_no_spread:
            return "no spread"
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "within noise"


def interval(values: Iterable[float]) -> Interval:
    """Mean and Student's t-interval of independent values.

    Values that are equal but for rounding have an interval of no width.

    Raises:
        ValueError: There is no value.
    """
    from scipy.stats import t

    known = [float(v) for v in values]
    n = len(known)
    if n == 0:
        raise ValueError("A mean needs one value or more, got none.")
    mean = sum(known) / n
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    if max(known) - min(known) < ROUNDING:
        return Interval(mean, mean, mean, n)
    error = math.sqrt(sum((v - mean) ** 2 for v in known) / (n - 1) / n)
    half = float(t.ppf(0.5 + CONFIDENCE / 2, n - 1)) * error
    return Interval(mean, mean - half, mean + half, n)


def paired_difference(values: Mapping[int, float], baseline: Mapping[int, float]) -> Interval:
    """The mean difference from a baseline over the seeds that both have, with its interval.

    Pairs share first weights, batches and views, so what a seed does to both is taken out.

    Args:
        values, baseline: A value for each seed.
    """
    return interval(values[seed] - baseline[seed] for seed in values if seed in baseline)


def p_value(difference: Interval) -> float:
    """Two-sided p-value of Student's t-test against 0, from the interval; nan where there is none.

    Below 0.05 where the 95 % interval excludes 0; 1 where it has no width, as a few seeds that
    happen to agree, accuracies being counts of few images, are no proof of anything.
    """
    from scipy.stats import t

    if math.isnan(difference.low):
        return math.nan
    if difference.has_no_spread:
        return 1.0
    half = difference.high - difference.mean
    quantile = float(t.ppf(0.5 + CONFIDENCE / 2, difference.n - 1))
    return 2 * float(t.sf(abs(difference.mean) / half * quantile, difference.n - 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for being looked at at once: all that are below 0.05 stand together, with
    at most 5 % of all such families claiming anything that is not there.

    Source: Holm 1979, https://www.jstor.org/stable/4615733.

    Args:
        p_values: One for each difference, none of them nan.
    """
    n, reached = len(p_values), 0.0
    adjusted = [1.0] * n
    for place, i in enumerate(sorted(range(n), key=lambda i: p_values[i])):
        reached = max(reached, min(1.0, (n - place) * p_values[i]))
        adjusted[i] = reached
    return adjusted


class Scored(NamedTuple):
    """What one of several trainings in lockstep scores at a step, or why it ended."""

    name: str
    step: int
    metrics: dict[str, float]
    failed: str = ""


def train_together(
    configs: Mapping[str, TrainConfig],
    score_at: Iterable[int],
    stop: Callable[[], bool] = lambda: False,
    *,
    at_once: int = MOST_AT_ONCE,
    fewer: Callable[[int], None] = lambda n: None,
) -> Iterator[Scored]:
    """Train paired configs in lockstep without snapshots; what they score at some steps.

    Where memory runs out they are trained in groups of half as many, one group after the other, on
    the same batches: what they have scored already is not given again.

    Args:
        configs: Alike in all that decides images, batches and views.
        score_at: Steps to score at; the last one ends the training.
        stop: Asked before every step; True ends it there.
        at_once: How many may be trained at once.
        fewer: Told how many are from now on, where memory did not hold more.

    Raises:
        ValueError: Memory does not hold one of them alone.
    """
    steps = sorted(set(score_at))
    left, told = list(configs), set[tuple[str, int]]()
    while left:
        group = {name: configs[name] for name in left[:at_once]}
        try:
            for scored in _in_lockstep(group, steps, stop):
                if scored[:2] not in told:
                    told.add(scored[:2])
                    yield scored
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            at_once = (len(group) + 1) // 2
        else:
            left = left[at_once:]
            if left and stop():
                return
            continue
        give_back()
        fewer(at_once)


def _in_lockstep(
    configs: Mapping[str, TrainConfig], steps: Sequence[int], stop: Callable[[], bool]
) -> Iterator[Scored]:
    step, alone = 0, next(iter(configs.values()))
    try:
        source = Source(alone)
        going = {name: Training(config, source) for name, config in configs.items()}
        for step in range(steps[-1] + 1):
            for name, training in list(going.items()):
                try:
                    if step in steps:
                        yield Scored(name, step, training.scores())
                except FloatingPointError as error:
                    del going[name]
                    yield Scored(name, step, {}, str(error))
            if step == steps[-1] or stop():
                return
            for name, training in list(going.items()):
                try:
                    training.update()
                except FloatingPointError as error:
                    del going[name]
                    yield Scored(name, step, {}, str(error))
    except (RuntimeError, MemoryError) as error:
        if len(configs) > 1 or not is_out_of_memory(error):
            raise
        sentence = memory_sentence(error, alone, alone.device, step, REPEATS)
        raise ValueError(sentence) from None


def repeat_rows(
    comparison: Comparison,
    seeds: Iterable[int],
    path: Path,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Train a comparison for each seed and append a row for each entry; what is there is left.

    What was trained on another device or in another precision stays and is trained again here:
    such rows are not pooled. What memory did not hold at once for one seed is not tried for others.

    Args:
        path: A file of JSON lines: seed, entry, step, device, precision, and the metrics of
            held-out images.
        say: Told, in a sentence, where fewer entries than all are trained at once.
    """
    at_once = n = len(comparison.names)

    def fewer(most: int) -> None:
        nonlocal at_once
        at_once = most
        words = "one" if most == 1 else f"{most}"
        say(f"Memory does not hold {n} entries at once: {words} at a time, on the same batches.")

    for seed in seeds:
        done = done_of_seed(seed, path, arithmetic_here(comparison))
        for row in rows_of_seed(comparison, seed, done, stop, at_once, fewer):
            append_line(path, row)
        if stop():
            return


def repeat_on_cluster(
    comparison: Comparison,
    seeds: Iterable[int],
    path: Path,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda sentence: None,
    *,
    address: str,
    gpus: float = 0,
) -> None:
    """The same rows, each seed a job of a Ray cluster (`runs.cluster.results`)."""
    seeds = list(seeds)
    there: dict[str, str] | None = None  # the arithmetic of a job, which need not be this machine's

    def jobs() -> dict[int | None, tuple[Any, ...]]:
        if there is None:
            return {None: (comparison, None, ())}
        done = {seed: done_of_seed(seed, path, there) for seed in seeds}
        n = len(comparison.names)
        return {s: (comparison, s, entries) for s, entries in done.items() if len(entries) < n}

    with closing(results(address, _listed, jobs, gpus=gpus, is_over=stop)) as found:
        for seed, rows in found:
            if seed is None:
                (there,) = rows
                continue
            for row in rows:
                append_line(path, row)


def arithmetic_here(comparison: Comparison) -> dict[str, str]:
    """The device and precision that a comparison is trained with on this machine."""
    device = choose_device(comparison.shared.device)
    return arithmetic(device, choose_precision(comparison.shared.precision, device))


def done_of_seed(seed: int, path: Path, arithmetic: Mapping[str, str]) -> set[str]:
    """The entries whose row of a seed is there already, of a device and precision."""
    return {
        row["entry"]
        for row in read_lines(path).rows
        if row["seed"] == seed and all(row.get(k) == v for k, v in arithmetic.items())
    }


def rows_of_seed(
    comparison: Comparison,
    seed: int,
    done: Collection[str] = (),
    stop: Callable[[], bool] = lambda: False,
    at_once: int = MOST_AT_ONCE,
    fewer: Callable[[int], None] = lambda n: None,
) -> Iterator[dict[str, Any]]:
    """Train a comparison with a seed; a row of each entry that is not done, as it ends."""
    here, last = arithmetic_here(comparison), [comparison.shared.n_steps]
    configs = {
        name: dataclasses.replace(entry.config, seed=seed, device=here["device"])
        for name, entry in zip(comparison.names, comparison.entries, strict=True)
        if name not in done
    }
    if not configs:
        return
    found = train_together(configs, last, stop, at_once=at_once, fewer=fewer)
    for name, step, metrics, failed in found:
        row = {"seed": seed, "entry": name, "step": step} | here | metrics
        yield row | ({"failed": failed} if failed else {})


def _listed(
    comparison: Comparison, seed: int | None, done: Collection[str]
) -> list[dict[str, Any]]:
    """The rows of a seed; without one, the arithmetic that they would have."""
    if seed is None:
        return [arithmetic_here(comparison)]
    return list(rows_of_seed(comparison, seed, done))
