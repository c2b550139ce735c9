"""A run that is given a time instead of a number of updates: the number that fits is found."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import statistics
import time
from collections.abc import Sequence

from cacr_core.training import Source, TrainConfig, Training
from cacr_core.training.config import WHOLE_NUMBERS

WARM_UP, MEASURED = 3, 20  # updates


def laid_out(configs: Sequence[TrainConfig]) -> list[TrainConfig]:
    """The same configs with as many updates each as together take their seconds, which are then 0;
    unchanged where they name no time.

    The speed is that of their first updates, made for this and thrown away, so a run of what is
    returned is the run that anybody gets who asks for that many updates. Snapshots take time too,
    which is not counted.

    Args:
        configs: Of one run, or of all entries of a comparison.
    """
    seconds = configs[0].seconds
    if seconds == 0:
        return list(configs)
    plain = [dataclasses.replace(config, seconds=0.0) for config in configs]
    source = Source(plain[0])
    together = sum(_seconds_of_one(Training(config, source)) for config in plain)
    least, most = WHOLE_NUMBERS["n_steps"]
    n_steps = min(most, max(least, round(seconds / together)))
    return [dataclasses.replace(config, n_steps=n_steps) for config in plain]


def _seconds_of_one(training: Training) -> float:
    """Of an update, the median of some; of fewer where one breaks, as the run is to in view."""
    marks = [time.perf_counter()]
    with contextlib.suppress(FloatingPointError):
        while len(marks) <= WARM_UP + MEASURED:
            training.update()
            marks.append(time.perf_counter())
    taken = [after - before for before, after in itertools.pairwise(marks)]
    return statistics.median(taken[WARM_UP:] or taken or [time.perf_counter() - marks[0]])
