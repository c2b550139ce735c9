"""When a run is looked at and how fast it learns: functions of the step alone."""

from __future__ import annotations

import math

from cacr_core.training.config import TrainConfig


def is_due(config: TrainConfig, step: int) -> bool:
    """Whether a snapshot is wanted after `step` updates; of the first few sooner."""
    every = config.snapshot_every
    early = step < every and step & (step - 1) == 0
    return early or step % every == 0 or step == config.n_steps


def rate(config: TrainConfig, step: int) -> float:
    """The share of the peak rate that an update makes: a linear warm-up over a tenth of the run
    (100 steps at most), then a cosine to 0."""
    warm_up = min(100, max(1, config.n_steps // 10))
    if step < warm_up:
        return (step + 1) / warm_up
    share = (step - warm_up) / max(1, config.n_steps - warm_up)
    return 0.5 * (1 + math.cos(math.pi * share))
