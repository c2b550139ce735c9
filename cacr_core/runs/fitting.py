"""What waits in a run's folder is fitted to its images and its time, before it is trained."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from cacr_core.runs.comparison import Comparison, is_comparison
from cacr_core.runs.launch import write_config
from cacr_core.runs.paths import is_saved
from cacr_core.training import TrainConfig
from cacr_core.training.few import fitted, with_batch_of
from cacr_core.training.seconds import laid_out


def fit(folder: Path) -> None:
    """Make the batch of a run or comparison as small as a folder of few images needs, find how many
    updates fit into its seconds, and say so in its config. What has begun stays as it began.

    Raises:
        ValueError: There are too few images, or they cannot be read.
    """
    if is_saved(folder):
        return
    text = (folder / "config.json").read_text("utf-8")
    config: TrainConfig | Comparison
    if not is_comparison(json.loads(text)):
        config = TrainConfig.from_json(text)
        less: TrainConfig | Comparison = laid_out([fitted(config)])[0]
    else:
        config = Comparison.from_json(text)
        n = fitted(config.shared).batch_size
        configs = laid_out([with_batch_of(entry.config, n) for entry in config.entries])
        entries = (
            dataclasses.replace(entry, config=own)
            for entry, own in zip(config.entries, configs, strict=True)
        )
        less = dataclasses.replace(config, entries=tuple(entries))
    if less != config:
        write_config(less, folder)
