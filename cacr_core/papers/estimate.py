"""How long the tasks of a plan will take on this machine, from a few updates of each kind."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import torch

from cacr_core.papers.tasks import Plan, Row, standing
from cacr_core.training import TrainConfig, Training

N_TIMED = 3  # updates after the first, which warms up


class Kind(NamedTuple):
    """What decides how long an update takes, but for the loss's own small part."""

    dataset: str
    n_views: int
    batch_size: int
    host: str
    is_mixed: bool


class Cost(NamedTuple):
    """Seconds."""

    update: float
    look: float
    begin: float


Costs = dict[Kind, Cost]


def seconds_left(plan: Plan, rows: list[Row], costs: Costs | None = None) -> tuple[int, float]:
    """How many tasks are left, and the seconds that a quiet core (or the device) needs for them.

    Args:
        costs: What is known of it already; what is measured is added.
    """
    done = standing(plan, rows).done
    left = [plan.costs_like(task) for task in plan.tasks() if task not in done]
    costs = {} if costs is None else costs
    seconds = sum(
        n * seconds_of(config, costs, len(plan.looked_at(config)))
        for config, n in Counter(left).items()
    )
    return len(left), seconds


def seconds_of(config: TrainConfig, costs: Costs | None = None, n_looks: int = 2) -> float:
    """What one training takes, looked at some times."""
    costs, kind = {} if costs is None else costs, _kind(config)
    if kind not in costs:
        costs[kind] = _timed(config)
    cost = costs[kind]
    return cost.begin + cost.update * config.n_steps + cost.look * n_looks


def _kind(config: TrainConfig) -> Kind:
    is_mixed = config.n_synthetic > 0
    return Kind(config.dataset, config.n_views, config.batch_size, config.host, is_mixed)


def _timed(config: TrainConfig) -> Cost:
    """With one thread, as each task of several processes has. On a CPU what counts is the time
    that it worked for this process, so that other processes are left out."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    clock = time.process_time if config.device == "cpu" else time.perf_counter
    try:
        begun = clock()
        training = Training(config)
        begin, look = clock() - begun, _seconds(training.snapshot, clock)
        training.update()
        update = min(_seconds(training.update, clock) for _ in range(N_TIMED))
        return Cost(update, look, begin)
    finally:
        torch.set_num_threads(threads)


def _seconds(do: Callable[[], object], clock: Callable[[], float]) -> float:
    begun = clock()
    do()
    return clock() - begun
