"""What the study trains: its arms, and how each loss comes by its rate and sharpness."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cacr_core import data
from cacr_core.papers.study.questions import ARMS
from cacr_core.papers.tasks import Arm, Row, Task
from cacr_core.presets import CATALOGUE, entry
from cacr_core.training import TrainConfig

ROOT = Path(__file__).parents[3]
ROWS = ROOT / "docs" / "study" / "runs.jsonl"
TRIAL_SEED = 1_000
RATE_STEP, SHARPNESS_STEP = 3.0, 2.0  # factors from one trial to the next
METRIC = "knn_features"


@dataclass(frozen=True)
class Study:
    """What is trained. The defaults are the study of docs/study.md.

    Args:
        datasets: Those that are not on the machine are left out.
        n_trials: Of each loss on each dataset, by which its rate and one sharpness are chosen.
        n_steps: Updates of every run but those that are made shorter to see as many images.
        device, precision: Of all rows.
    """

    datasets: tuple[str, ...] = ("shapes", "fashion-mnist")
    arms: tuple[Arm, ...] = ARMS
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    n_trials: int = 13
    n_steps: int = 360
    batch_size: int = 64
    device: str = "cpu"
    precision: str = "float32"

    @property
    def losses(self) -> tuple[str, ...]:
        """The entries of the catalogue that settings are chosen for."""
        return tuple(dict.fromkeys(arm.loss for arm in self.arms))

    def tasks(self, *, everywhere: bool = False) -> Iterator[Task]:
        """Trials first; then one seed after the other, so that a part of a study is a study."""
        here = [name for name in self.datasets if everywhere or data.is_here(name)]
        for number, dataset, loss in itertools.product(range(self.n_trials), here, self.losses):
            yield Task(dataset, loss, TRIAL_SEED, number)
        for seed, dataset, arm in itertools.product(self.seeds, here, self.arms):
            yield Task(dataset, arm.name, seed)

    def config_of(self, task: Task, done: Mapping[Task, Row]) -> TrainConfig | None:
        """With settings that follow from the trials before; None before these are done."""
        if task.trial >= 0:
            tried = tried_of(done, task.dataset, task.arm, task.trial)
            if len(tried) < task.trial:
                return None
            return self._config(Arm(task.arm), task, next_trial(task.arm, tried))
        own = next(arm for arm in self.arms if arm.name == task.arm)
        tried = tried_of(done, task.dataset, own.loss, self.n_trials)
        if len(tried) < self.n_trials:
            return None
        return self._config(own, task, settings_of(own.loss, best(tried)) if tried else {})

    def costs_like(self, task: Task) -> TrainConfig:
        own = (arm for arm in self.arms if arm.name == task.arm and task.trial < 0)
        return self._config(next(own, Arm(task.arm)), task, {})

    def looked_at(self, config: TrainConfig) -> tuple[int, ...]:
        return (0, config.n_steps)

    def _config(self, arm: Arm, task: Task, settings: dict[str, float]) -> TrainConfig:
        shared: dict[str, Any] = {"n_steps": self.n_steps, "batch_size": self.batch_size}
        shared |= {"embedding_dim": 64, "n_probes": 16, "snapshot_every": self.n_steps}
        changes = shared | settings | dict(arm.changes)
        if "share_of_steps" in changes:
            share = changes.pop("share_of_steps")
            changes["n_steps"] = max(1, round(share * self.n_steps))
        return entry(
            arm.loss,
            dataset=task.dataset,
            seed=task.seed,
            device=self.device,
            precision=self.precision,
            **changes,
        ).config


Point = tuple[float, float]  # steps of rate and of sharpness away from the defaults
Tried = list[tuple[Point, float]]  # with what each scored


def sharpness_of(loss: str) -> str:
    """The setting that is chosen beside the rate; of uniform repulsion that of its attraction."""
    own = CATALOGUE[loss][1]["loss"]
    if not hasattr(own, "t_neg"):
        return "temperature"
    return "t_neg" if own.t_neg else "t_pos"


def settings_of(loss: str, point: Point) -> dict[str, float]:
    """What a trial at a point is trained with."""
    name, own = sharpness_of(loss), CATALOGUE[loss][1]
    base = own.get("lr", TrainConfig().lr)
    return {
        "lr": float(f"{base * RATE_STEP ** point[0]:.3g}"),
        name: float(f"{getattr(own['loss'], name) * SHARPNESS_STEP ** point[1]:.3g}"),
    }


def tried_of(done: Mapping[Task, Row], dataset: str, loss: str, n: int) -> Tried:
    """The first trials of a loss, up to `n`, as far as they are done one after the other.

    Each is at the point that those before it lead to, so points need not be recorded.
    """
    tried: Tried = []
    for number in range(n):
        row = done.get(Task(dataset, loss, TRIAL_SEED, number))
        if row is None:
            break
        tried.append((next_point(tried), score_of(row)))
    return tried


def score_of(row: Row) -> float:
    """What a run scored in the end, 0 where it diverged."""
    return 0.0 if row.get("failed") else float(row["scores"][-1].get(METRIC, 0.0))


def best(tried: Tried) -> Point:
    """The point that scored best; of equals the first."""
    return max(tried, key=lambda one: one[1])[0]


def next_trial(loss: str, tried: Tried) -> dict[str, float]:
    return settings_of(loss, next_point(tried))


def next_point(tried: Tried) -> Point:
    """The defaults; then, again and again, a neighbour of the best that has not been tried.

    A neighbour is a whole step away. Once all four of the best are known, so that it stands at no
    edge of what was tried, they are half as far away, and so on.
    """
    if not tried:
        return (0.0, 0.0)
    known = {point for point, _ in tried}
    x, y = best(tried)
    for halvings in itertools.count():
        step = math.ldexp(1.0, -halvings)
        around = [(x + step, y), (x - step, y), (x, y + step), (x, y - step)]
        if left := [point for point in around if point not in known]:
            return left[0]
    raise AssertionError


def is_at_edge(tried: Tried) -> bool:
    """Whether nothing beyond the best was tried: no lower or no higher rate, or sharpness."""
    points = [point for point, _ in tried]
    return any(
        not min(along) < own < max(along)
        for own, along in zip(best(tried), zip(*points, strict=True), strict=True)
    )
