"""What a frozen run shows and scores: probes in five views, a labelled bank, held-out images."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from cacr_core import data, views
from cacr_core.checkpoints.features.images import Sets
from cacr_core.training import TrainConfig, draws
from cacr_core.training.source import N_BANK, N_PROBE_VIEWS

MAX_VIEW_BYTES = 2**31  # of the probes' views, four bytes a number


class Shown(NamedTuple):
    """What a Source has that is written into a run's folder, without a training set's views."""

    splits: data.Splits
    bank: data.ImageSet
    probe_views: Tensor
    per_class: list[int]
    head: list[int]
    tail: list[int]
    device_reason: str = ""  # nothing is trained here

    @property
    def probe_images(self) -> Tensor:
        """`(view, probe, 3, size, size)` uint8, as they are shown."""
        return views.to_uint8(self.probe_views)


class Still(NamedTuple):
    """What `write_about` and `write_probes` ask of a training."""

    config: TrainConfig
    source: Shown
    step: int = 0
    device: torch.device = torch.device("cpu")
    precision: torch.dtype = torch.float32


@lru_cache(maxsize=2)
def _loaded(dataset: str, n_probes: int, seed: int, size: int | None, contents: str) -> data.Splits:
    return data.load(dataset, n_probes=n_probes, seed=seed, size=size)


def side_of(dataset: str, n_probes: int, input_size: int) -> int | None:
    """The size that a folder or zip is read at, and that its views are made at: the input size as
    far as the bytes of the set and of the views allow; None for a dataset, which has its own.

    Raises:
        ValueError: The folder or zip cannot be looked into.
    """
    if input_size > data.SIDE and (n_images := data.count_images(dataset)) is not None:
        n_probes = min(n_probes, n_images // 2)  # at most half is watched, as it is split
    of_views = math.isqrt(MAX_VIEW_BYTES // (4 * 3 * N_PROBE_VIEWS * max(1, n_probes)))
    return data.side_within(dataset, min(input_size, max(data.SIDE, of_views)))


def probes_of(dataset: str, n_probes: int, input_size: int) -> data.ImageSet:
    """The images in the cloud of a frozen run of this question, in its order."""
    size = side_of(dataset, n_probes, input_size)
    return _loaded(dataset, n_probes, 0, size, data.contents_of(dataset)).probe


def scored_images(
    dataset: str, n_probes: int, input_size: int, n_bank: int = N_BANK, n_held_out: int = 1_000
) -> Sets:
    """The images that a frozen run of this question is scored on, so that what stands beside its
    panels says the same numbers."""
    seen = shown(dataset, n_probes, 0, input_size, n_bank, n_held_out)
    return Sets(seen.bank, seen.splits.held_out)


def shown(
    dataset: str, n_probes: int, seed: int, input_size: int, n_bank: int, n_held_out: int
) -> Shown:
    """Probes and views as a run of this dataset and seed has them; at most so many to score by."""
    if not 16 <= n_probes <= 5000:
        raise ValueError(f"n_probes must be from 16 to 5000, got {n_probes}.")
    size = side_of(dataset, n_probes, input_size)
    splits = _loaded(dataset, n_probes, seed, size, data.contents_of(dataset))
    few = torch.arange(min(n_held_out, len(splits.held_out)))  # shuffled as they are
    splits = splits._replace(held_out=splits.held_out.take(few))
    recipe = views.recipe_for(dataset)
    recipe = dataclasses.replace(recipe, size=size) if size else recipe
    labelled = torch.nonzero(splits.train.labels >= 0).flatten()
    n_bank = min(n_bank, len(labelled))
    dealt = data.fair_draw(splits.train.labels[labelled], n_bank, 0, seed)[1]
    seen = [
        views.make_view(splits.probe.images, recipe, draws(seed, f"probe-{v}", 0))
        for v in range(N_PROBE_VIEWS)
    ]
    per_class = data.count_per_class(splits.train)
    bank = splits.train.take(labelled[dealt])
    return Shown(splits, bank, torch.stack(seen), per_class, [], [])
