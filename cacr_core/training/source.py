"""What a run sees, whatever its loss: images, the order of batches, views, and what scores it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cacr_core import data, views
from cacr_core.training.config import TrainConfig
from cacr_core.training.devices import choose_device as choose_device
from cacr_core.training.devices import chosen

if TYPE_CHECKING:
    from cacr_core.training import Training

N_PROBE_VIEWS = 5
N_BANK = 2_000
# The fields that decide a Source: runs that agree on them may share one.
FIELDS = (
    "dataset",
    "n_probes",
    "image_size",
    "seed",
    "batch_size",
    "device",
    "imbalance",
    "imbalance_ratio",
    "n_min",
    "rare",
    "mixture",
    "mixture_share",
    "duplicates",
    "noise_images",
)


def splits_of(config: TrainConfig) -> data.Splits:
    """What a config trains on, watches and scores, before it is made imbalanced or spoiled."""
    size = data.size_of(config.dataset, config.image_size)
    contents = data.contents_of(config.dataset)
    return _load(config.dataset, config.n_probes, config.seed, size, contents)


@lru_cache(maxsize=2)
def _load(dataset: str, n_probes: int, seed: int, size: int | None, contents: str) -> data.Splits:
    return data.load(dataset, n_probes=n_probes, seed=seed, size=size)


def draws(seed: int, purpose: str, step: int) -> torch.Generator:
    """The random numbers of one purpose in one step: they depend on nothing else."""
    digest = hashlib.blake2s(f"{seed}/{purpose}/{step}".encode(), digest_size=4).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "little"))


@lru_cache(maxsize=2)
def _second(name: str, n: int, size: int, seed: int, contents: str) -> data.ImageSet:
    """The images of a second dataset to draw from: `n` where they are drawn here, else all."""
    n_train = n if name == "shapes" else None
    side = data.size_of(name, size)
    return data.load(name, n_probes=2, n_held_out=1, n_train=n_train, seed=seed, size=side).train


def imbalanced(config: TrainConfig, splits: data.Splits) -> data.ImageSet:
    """What the config's imbalance leaves of the training images."""
    generator = draws(config.seed, "imbalance", 0)
    return data.imbalanced(
        splits.train,
        config.imbalance,
        generator,
        ratio=config.imbalance_ratio,
        n_min=config.n_min,
        rare=config.rare,
    )


def spoiled(config: TrainConfig, pool: data.ImageSet, splits: data.Splits) -> data.ImageSet:
    """The pool with what else came among it, in this order: mixture, duplicates and noise.

    Raises:
        ValueError: The second dataset is not there or too small.
    """

    def by(purpose: str) -> torch.Generator:
        return draws(config.seed, purpose, 0)

    if config.mixture and config.mixture_share:
        contents = data.contents_of(config.mixture)
        other = _second(config.mixture, len(pool), pool.images.shape[2], config.seed, contents)
        share, kept_out = config.mixture_share, (splits.probe, splits.held_out)
        pool = data.mixed(pool, other, share, by("mixture"), unlike=kept_out)
    pool = data.duplicated(pool, config.duplicates, by("duplicates"))
    return data.with_noise(pool, config.noise_images, by("noise"))


def train_images(config: TrainConfig, splits: data.Splits) -> data.ImageSet:
    """The images a run trains on, as its Source has them, without their views."""
    return spoiled(config, imbalanced(config, splits), splits)


class Source:
    """Images on their device, and the batches and views drawn from them.

    It depends on the `FIELDS` of a config alone, so the runs of a comparison share one, and each
    view of a step is made once for all of them.

    Attributes:
        device, device_reason: Where the images lie, and why not on a faster one (`devices.chosen`).
        splits: What is trained on (imbalanced and spoiled as asked), watched and scored.
        per_class: Training images of each class; those without a label count for none.
        head, tail: The third of the classes with most and with fewest training images before
            mixture, duplicates and noise; empty where no imbalance is asked for and no class
            is twice as large as another.
        probe_views: `(view, probe, 3, size, size)`, five fixed views of the images watched.
        evaluation: A labelled bank, as balanced as the labels allow and of clean images whatever
            is trained on, and the held-out images, each as plain views with labels.
    """

    def __init__(self, config: TrainConfig, splits: data.Splits | None = None) -> None:
        self.device, self.device_reason = chosen(config.device)
        self.seed, self.batch_size = config.seed, config.batch_size
        splits = splits or splits_of(config)
        train, probe, held_out = splits
        kept = imbalanced(config, splits)
        pool = spoiled(config, kept, splits)
        if config.batch_size > len(pool):
            left = f"{len(pool)} of {len(train)}" if len(pool) < len(train) else len(pool)
            raise ValueError(
                f"A batch cannot be larger than the {left} training images of "
                f"{config.dataset}{' that remain' if len(pool) < len(train) else ''}, got "
                f"batch_size {config.batch_size}."
            )
        self.splits = data.Splits(pool, probe, held_out)
        self.per_class = data.count_per_class(pool)
        sizes = data.count_per_class(kept)
        is_even = max(sizes, default=0) < 2 * max(1, min(sizes, default=0))
        has_head = config.imbalance != "none" or not is_even
        self.head, self.tail = data.head_and_tail(sizes) if has_head else ([], [])
        self.recipe = views.recipe_for(config.dataset, config.image_size)
        self.images = pool.images.to(self.device)
        self.probe_views = torch.stack(
            [
                views.make_view(
                    probe.images.to(self.device), self.recipe, draws(config.seed, f"probe-{v}", 0)
                )
                for v in range(N_PROBE_VIEWS)
            ]
        )
        labelled = torch.nonzero(train.labels >= 0).flatten()
        n_bank = min(N_BANK, len(labelled))
        dealt = data.fair_draw(train.labels[labelled], n_bank, 0, config.seed)[1]
        bank = train.take(labelled[dealt])
        self.evaluation = [
            (views.plain_view(part.images.to(self.device), self.recipe), part.labels)
            for part in (bank, held_out)
        ]
        self._orders: dict[int, tuple[Tensor, Tensor]] = {}
        self._made: dict[int, Tensor] = {}
        self._made_at = -1

    def batch_index(self, step: int) -> Tensor:
        """`(batch_size,)`: every image at most once an epoch, in an order drawn anew for each; what
        fills no batch is left out."""
        return self._batch(step)[0]

    def view(self, step: int, number: int) -> Tensor:
        """One view of each image of a step's batch; not to be written to."""
        if step != self._made_at:
            self._made, self._made_at = {}, step
        if number not in self._made:
            images = self.images[self._batch(step)[1]]
            generator = draws(self.seed, f"view-{number}", step)
            self._made[number] = views.make_view(images, self.recipe, generator)
        return self._made[number]

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        """The indices of a step's batch, on the CPU and on the device; drawn for a whole epoch."""
        n, size = len(self.images), self.batch_size
        epoch, position = divmod(step, n // size)
        if epoch not in self._orders:
            order = torch.randperm(n, generator=draws(self.seed, "order", epoch))
            self._orders = {epoch: (order, views.on_device(order, self.device))}
        here, there = self._orders[epoch]
        own = slice(position * size, (position + 1) * size)
        return here[own], there[own]


def probe_images(training: Training) -> tuple[np.ndarray, np.ndarray]:
    """The probes as uint8: `(probe, height, width, 3)` and their views, with a view axis first."""
    original = training.source.splits.probe.images.permute(0, 2, 3, 1).cpu().numpy()
    seen = torch.stack([views.to_uint8(view) for view in training.source.probe_views])
    return original, seen.permute(0, 1, 3, 4, 2).cpu().numpy()
