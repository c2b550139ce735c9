"""A config and a folder of few images: the batch is made smaller, so that it can start."""

from __future__ import annotations

import dataclasses

from cacr_core import data
from cacr_core.training.config import TrainConfig
from cacr_core.training.source import imbalanced, splits_of


def fitted(config: TrainConfig) -> TrainConfig:
    """The same config, with a batch of all images where a folder has fewer to train on.

    A dataset known by name is left as it is: what has many images is not asked for more by mistake
    alone.
    """
    if config.dataset in data.DATASETS:
        return config
    return with_batch_of(config, len(imbalanced(config, splits_of(config))))


def with_batch_of(config: TrainConfig, n_train: int) -> TrainConfig:
    """The config with at most `n_train` images in a batch, and no larger a hard pool than that
    leaves negatives."""
    if config.batch_size <= n_train or n_train < 2:
        return config
    plain = dataclasses.replace(config, batch_size=n_train, n_synthetic=0)
    return dataclasses.replace(
        config, batch_size=n_train, pool_size=min(config.pool_size, plain.n_negatives)
    )


def said_of_few(batch_size: int, n_watched: int, n_train: int, n_probes: int) -> list[str]:
    """A sentence for each setting that so few images change.

    Args:
        batch_size, n_watched: As they were asked for.
        n_train, n_probes: Images that are there to train on and to watch.
    """
    said = []
    if batch_size > n_train:
        said.append(f"A batch has all {n_train:,} images that are trained on, not {batch_size:,}.")
    if n_watched > n_probes:
        said.append(f"{n_probes:,} images are watched, not {n_watched:,}.")
    return said
