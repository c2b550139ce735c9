"""The queue of a run at one moment, and the training images its entries are views of."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cacr_core.data import ImageSet
from cacr_core.pairs import Pairs
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.sprites import require_same_images, sprite_sheet
from cacr_core.training import TrainConfig
from cacr_core.training.source import splits_of, train_images
from web.live.answers.question import config_of, contents_of
from web.live.kept import kept_of_moment


class Queue(NamedTuple):
    """Entries of a queue, newest first.

    Attributes:
        z: `(n, dim)`, unit rows.
        ages: `(n,)`, updates since each was enqueued.
        items: `(n,)`, which training image each is a view of.
    """

    z: Tensor
    ages: Tensor
    items: Tensor


@kept_of_moment(24)
def queue_of(folder: Path, step: int) -> Queue | None:
    """What the snapshot holds of the queue; None where the run has none."""
    read = files.read_queue(folder, step)
    return read and Queue(*(torch.from_numpy(part) for part in read))


def with_queue(pairs: Pairs, queries: Tensor, rows: Tensor | None) -> Pairs:
    """The pairs of `queries` `(query, dim)` with the distances to a queue's rows last in `neg`."""
    if rows is None:
        return pairs
    to_queue = (2 - 2 * queries @ rows.T).clamp_min(0)
    return Pairs(pairs.pos, torch.cat([pairs.neg, to_queue], dim=1))


def queued_row(queue: Queue, place: int, folder: Path, names: list[str]) -> dict[str, Any]:
    """What is told of one entry of the queue."""
    item = int(queue.items[place])
    label = label_of(folder, item)
    return {
        "queued": True,
        "age": int(queue.ages[place]),
        "item": item,
        "probe": None,
        "view": None,
        "class": names[label] if 0 <= label < len(names) else "unlabelled",
        "label": label,
    }


def queue_summary(queue: Queue | None, shares: Tensor, config: TrainConfig) -> dict[str, Any]:
    """Share of the repulsion weight and mean age in updates; nothing where there is no queue.

    `shares` `(n,)` are the weights of the queue's entries among all negatives.
    """
    if queue is None:
        return {}
    return {
        "queued_share": float(shares.sum()),
        "queue": {
            "n": len(queue.z),
            "size": config.queue_size,
            "age": float(queue.ages.float().mean()),
            "text": _count_text(len(queue.z), config.queue_size),
        },
    }


def _count_text(n: int, size: int) -> str:
    if n < size:
        return f"the newest {n:,} of {size:,} queued"
    return f"all {n:,} queued"


def label_of(folder: Path, item: int) -> int:
    """Label of a training image; -1 where it has none, or its dataset is not here or not read."""
    try:
        labels = _images(folder).labels
    except ValueError:
        return -1
    return int(labels[item]) if 0 <= item < len(labels) else -1


def train_image(folder: Path, item: int) -> bytes:
    """One training image of a run as webp.

    Raises:
        ValueError: The dataset is not on this machine or may not be read, or there is no such
            image.
    """
    return train_images_as(folder, [item], 1)


def train_images_as(folder: Path, items: list[int], columns: int, most: int = 0) -> bytes:
    """Some of a run's training images as one webp, row by row.

    Args:
        most: Pixels of a side; 0 for as many as they have.

    Raises:
        ValueError: As `train_image`.
    """
    images = _images(folder).images
    for item in items:
        if not 0 <= item < len(images):
            raise ValueError(f"This run trains on images 0 to {len(images) - 1}, got {item}.")
    side = images.shape[-1]
    pictures = images[items].permute(0, 2, 3, 1).numpy()
    return sprite_sheet(pictures, columns, min(side, most) if most else side)


def _images(folder: Path) -> ImageSet:
    shelf.check_images(folder)
    config = config_of(folder)
    probe, train = _read(config, contents_of(config))
    require_same_images(folder, probe)
    return train


@lru_cache(maxsize=4)
def _read(config: TrainConfig, contents: tuple[str, ...]) -> tuple[ImageSet, ImageSet]:
    splits = splits_of(config)
    return splits.probe, train_images(config, splits)
