"""Figures that are trainings with one setting varied, paired by seed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cacr_core import data
from cacr_core.papers.tasks import Arm, Row, Task, arm, by_task
from cacr_core.presets import CATALOGUE, entry
from cacr_core.runs.repeats import Interval, interval
from cacr_core.training import TrainConfig

X = float | str
N_LOOKS = 12  # along the updates


class Line(NamedTuple):
    """One curve: what is trained at each value of the setting."""

    label: str
    at: tuple[tuple[X, Arm], ...]


@dataclass(frozen=True)
class Sweep:
    """A setting, the curves over it, and how each point is trained: with the defaults of the app
    but for what is named; nothing is tuned.

    Args:
        axis: What is varied, as the axis and the sentence name it.
        metric: What is drawn.
        over_updates: Whether it is drawn along the updates, a curve for each value.
    """

    title: str
    axis: str
    lines: tuple[Line, ...]
    metric: str = "knn_features"
    over_updates: bool = False
    dataset: str = "shapes"
    seeds: tuple[int, ...] = (0, 1, 2)
    n_steps: int = 300
    device: str = "cpu"
    precision: str = "float32"  # a name and never "auto": rows of one digest are pooled

    def times_the_views(self, first: X, last: X) -> float:
        """How many times the views that a run sees with one value it sees with another, both
        having as many updates."""
        arms = dict(self.lines[0].at)
        fewer, more = (self._config(arms[x], self.dataset, 0) for x in (first, last))
        return more.n_views * more.batch_size / (fewer.n_views * fewer.batch_size)

    @property
    def arms(self) -> dict[str, Arm]:
        return {arm.name: arm for line in self.lines for _, arm in line.at}

    def tasks(self, *, everywhere: bool = False) -> Iterator[Task]:
        if everywhere or data.is_here(self.dataset):
            for seed, name in itertools.product(self.seeds, self.arms):
                yield Task(self.dataset, name, seed)

    def config_of(self, task: Task, done: Mapping[Task, Row]) -> TrainConfig:
        return self._config(self.arms[task.arm], task.dataset, task.seed)

    def _config(self, own: Arm, dataset: str, seed: int) -> TrainConfig:
        shared: dict[str, Any] = {"n_probes": 16, "snapshot_every": self.n_steps}
        changes = shared | dict(own.changes)
        return entry(
            own.loss,
            dataset=dataset,
            seed=seed,
            n_steps=self.n_steps,
            device=self.device,
            precision=self.precision,
            **changes,
        ).config

    def costs_like(self, task: Task) -> TrainConfig:
        return self.config_of(task, {})

    def looked_at(self, config: TrainConfig) -> tuple[int, ...]:
        n = N_LOOKS if self.over_updates else 1
        return tuple(sorted({config.n_steps * i // n for i in range(n + 1)}))


class Point(NamedTuple):
    """A point of a curve.

    Attributes:
        step: Of the run.
        values: By seed.
    """

    line: str
    x: X
    step: int
    values: dict[int, float]

    @property
    def interval(self) -> Interval:
        return interval(self.values.values())


def points_of(sweep: Sweep, rows: Iterable[Row]) -> list[Point]:
    """The points that are in, curve by curve; runs that diverged are left out."""
    known = by_task(rows)
    found = []
    for label, x, own in ((line.label, *at) for line in sweep.lines for at in line.at):
        runs = (known.get(Task(sweep.dataset, own.name, seed)) for seed in sweep.seeds)
        by_step: dict[int, dict[int, float]] = {}
        for run in runs:
            if run is None or run.get("failed"):
                continue
            for scores in run["scores"] if sweep.over_updates else run["scores"][-1:]:
                if sweep.metric in scores:
                    by_step.setdefault(scores["step"], {})[run["seed"]] = scores[sweep.metric]
        found += [Point(label, x, step, values) for step, values in by_step.items()]
    return found


def table_of(points: Iterable[Point], axis: str) -> list[Row]:
    """The points as rows of a table, with their 95 % intervals."""
    rows = []
    for point in points:
        value = point.interval
        rows.append(
            {"line": point.line, axis: point.x, "step": point.step, "mean": value.mean}
            | {"low": value.low, "high": value.high, "seeds": value.n}
        )
    return rows


def _line(loss: str, setting: str, values: Sequence[Any], **changes: Any) -> Line:
    at = tuple((v, arm(loss, **changes, **{setting: v})) for v in values)
    return Line(CATALOGUE[loss][0], at)


def _positives(loss: str, label: str) -> Line:
    return Line(label, tuple((k, arm(loss, n_views=k + 1)) for k in (1, 2, 4, 6)))


SHARPNESS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
CLASS_SIZES = tuple(
    (how, arm("cacr-4", imbalance=how, rare="seed")) for how in ("none", "linear", "exponential")
)
MIXED = ("pair", "resample", "hard_easy", "random", "per_dimension", "query")

SWEEPS: dict[str, Sweep] = {
    "entropy": Sweep(
        "Conditional entropy of the weights along training, by class sizes (CACR)",
        "class sizes",
        (Line("CACR, four positives", CLASS_SIZES),),
        metric="entropy",
        over_updates=True,
    ),
    "t-pos": Sweep("Sharpness of attraction (CACR)", "t⁺", (_line("cacr-4", "t_pos", SHARPNESS),)),
    "t-neg": Sweep(
        "Sharpness of repulsion (CACR)",
        "t⁻",
        (_line("cacr-4", "t_neg", SHARPNESS), _line("cacr-1", "t_neg", SHARPNESS)),
    ),
    "positives": Sweep(
        "Number of positives, contrasted and not (CACR)",
        "K",
        (
            _positives("cacr-4", "CACR"),
            _positives("uniform-attraction", "CACR, uniform attraction"),
        ),
    ),
    "batch": Sweep(
        "Size of the batch (CACR and InfoNCE)",
        "batch size",
        tuple(
            _line(loss, "batch_size", (16, 32, 64, 128)) for loss in ("cacr-4", "cacr-1", "infonce")
        ),
    ),
    "cost": Sweep(
        "Euclidean cost against RBF (CACR)",
        "t⁻",
        tuple(
            _line("cacr-4", "t_neg", SHARPNESS[:-1], cost=cost)._replace(label=label)
            for cost, label in (("euclidean", "squared Euclidean"), ("rbf", "RBF"))
        ),
    ),
    "debiasing": Sweep(
        "Debiased repulsion, consistent and as released (CACR)",
        "class prior",
        tuple(
            _line(
                "cacr-4", "class_prior", (0.0, 0.05, 0.1, 0.2), released_debiasing=released
            )._replace(label=label)
            for released, label in ((False, "consistent"), (True, "as released"))
        ),
    ),
    "mixing": Sweep("Forms of mixing (SSCL)", "mixing", (_line("sscl", "mixing", MIXED),)),
    "beta": Sweep(
        "Hardness of sampling (SSCL)", "β", (_line("sscl", "beta", (0.0, 0.5, 1.0, 2.0, 4.0)),)
    ),
    "class-prior": Sweep(
        "Class prior of debiasing (SSCL)",
        "class prior",
        (_line("sscl", "class_prior", (0.0, 0.05, 0.1, 0.2, 0.3)),),
    ),
    "pool": Sweep(
        "Size s of the hard pool (SSCL)", "s", (_line("sscl", "pool_size", (8, 16, 32, 64, 126)),)
    ),
    "synthetics": Sweep(
        "Number k of synthetic negatives (SSCL)",
        "k",
        (_line("sscl", "n_synthetic", (0, 4, 8, 16, 32)),),
    ),
}
