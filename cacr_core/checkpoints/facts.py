"""What a file says beside its weights, and what its weights count."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cacr_core.checkpoints import architecture as nets


def epoch_of(facts: Mapping[str, Any]) -> int | None:
    for key in ("epoch", "meta.epoch", "current_epoch"):
        if isinstance(value := facts.get(key), int) and not isinstance(value, bool):
            return value
    return None


def n_parameters(names: Mapping[str, tuple[int, ...]]) -> int:
    """Numbers in a state dict; statistics of batch norms are none."""
    statistics = (nets.COUNTER, "running_mean", "running_var")
    return sum(math.prod(s) for n, s in names.items() if n.rpartition(".")[2] not in statistics)
