"""What a frozen file holds of a run's queue: its entries at every moment, and the training images
that they are views of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cacr_core.runs import shelf
from cacr_core.runs.arrays import read_npz
from cacr_core.runs.paths import snapshot_path
from web.frozen.mixing import shuffled
from web.live.answers.question import config_of
from web.live.answers.queued import Queue, label_of, queue_of, queue_summary, train_images_as

TILES = (64, 48, 32, 24, 16, 12, 8)  # pixels: the largest in which all images fit
MOST = 2_000_000  # bytes of the images
ROOM = 4 * MOST // 3  # that these take in a file


def told_of_queue(folder: Path, kept: Sequence[int]) -> dict[str, Any] | None:
    """What the page says of it: entries `n`, its `size`, and the `text`; None without one.

    Raises:
        ValueError: It has other numbers of entries at other moments.
    """
    queues = [_queue(folder, step) for step in kept if config_of(folder).host == "queue"]
    if not queues:
        return None
    if len({len(queue.z) for queue in queues}) > 1:
        raise ValueError(
            f"{shelf.id_of(folder)} has a queue of another length at other moments, which a frozen "
            "file cannot hold. Freeze a run whose queue stays as long as it is."
        )
    told: dict[str, Any] = queue_summary(queues[0], queues[0].z[:0], config_of(folder))["queue"]
    return {key: told[key] for key in ("n", "size", "text")}


def queued_at(folder: Path, step: int) -> bytes:
    """The entries of a moment: rows `(n, dim)` shuffled, then ages and training images, `(n,)` of
    32 bits each."""
    halves = read_npz(snapshot_path(folder, step), ("queue",))["queue"].astype("<f2")
    queue = _queue(folder, step)
    ages = queue.ages.numpy().astype("<i4")
    return shuffled(halves) + ages.tobytes() + _items(queue).tobytes()


def queued_images(kept: Mapping[Path, Sequence[int]]) -> tuple[dict[str, Any], bytes | None]:
    """The training images of all entries of some runs on the same images, by their moments.

    Returns:
        `items` as they lie row by row in a sheet of so many `columns`, with `labels`; and the
        sheet, in tiles as small as it takes. It is None where the images are not on this machine.
    """
    first = next(iter(kept))
    found = {int(i) for f, steps in kept.items() for step in steps for i in _items(_queue(f, step))}
    items = sorted(found)
    columns = int(np.ceil(np.sqrt(len(items))))
    told = {
        "items": items,
        "labels": [label_of(first, item) for item in items],
        "columns": columns,
    }
    sheet = None
    for tile in TILES:
        try:
            sheet = train_images_as(first, items, columns, tile)
        except ValueError:  # not on this machine, or not to be read
            return told | {"columns": 0}, None
        if len(sheet) <= MOST:
            break
    return told, sheet


def _queue(folder: Path, step: int) -> Queue:
    queue = queue_of(folder, step)
    if queue is None:
        raise ValueError(f"Step {step:,} of {shelf.id_of(folder)} holds no queue to freeze.")
    return queue


def _items(queue: Queue) -> np.ndarray:
    return queue.items.numpy().astype("<i4")
