"""The images features are made of: a part to fit on, a part to score on, and augmented views."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from cacr_core.checkpoints import Card
from cacr_core.data import SIDE, UNLABELLED, ImageSet, load, side_within
from cacr_core.views import make_view, recipe_for, to_uint8


class Sets(NamedTuple):
    """Labelled images to fit a probe or a bank of neighbours on, and others to score and show.

    They share no image. `test` of a folder may have no labels worth scoring.
    """

    train: ImageSet
    test: ImageSet


def image_sets(
    dataset: str,
    *,
    n_train: int = 5000,
    n_test: int = 2000,
    seed: int = 0,
    size: int | None = None,
    root: str | Path | None = None,
) -> Sets:
    """Images of a dataset's training part and of its test part, drawn with a seed.

    Either has fewer where there are fewer: a folder and digits have one part, which is split.
    Images to fit on without a label are left out.

    Args:
        dataset: A name in `cacr_core.data.DATASETS`, or the path of a folder or zip.
        size: Height and width to read a folder, zip or photographs at, 8 to 1024; 32 if None.

    Raises:
        ValueError: There is no such dataset, or it has not been downloaded.
    """
    # two images are watched by whoever trains; nobody does here
    splits = load(
        dataset,
        n_probes=2,
        n_held_out=n_test,
        n_train=n_train if dataset == "shapes" else None,  # drawn on demand
        seed=seed,
        root=root,
        size=size,
    )
    known = (splits.train.labels != UNLABELLED).nonzero()[:, 0]
    if len(known) > n_train:
        generator = torch.Generator().manual_seed(seed)
        known = known[torch.randperm(len(known), generator=generator)[:n_train]]
    return Sets(splits.train.take(known), splits.held_out)


def augmented(
    images: Tensor, dataset: str, size: int, n_views: int = 2, seed: int = 0
) -> list[Tensor]:
    """Views of the images as this app trains on for the dataset, `(n, 3, size, size)` uint8 each.

    What alignment needs: the same images seen twice.
    """
    recipe = dataclasses.replace(recipe_for(dataset), size=size)
    generators = (torch.Generator().manual_seed(1000 * seed + v) for v in range(n_views))
    return [
        torch.cat([to_uint8(make_view(part, recipe, generator)) for part in images.split(512)])
        for generator in generators
    ]


def digest(images: Tensor) -> str:
    """A text that is equal for equal images in equal order; half a second for 300 MB."""
    found = hashlib.blake2b(str(tuple(images.shape)).encode(), digest_size=16)
    found.update(images.cpu().contiguous().numpy().data)
    return found.hexdigest()


def size_for(dataset: str, cards: Sequence[Card]) -> int | None:
    """The size to read a folder or zip at, the largest that a network sees as far as its bytes
    allow; None for a dataset, which has its own.

    Raises:
        ValueError: The folder or zip cannot be looked into.
    """
    return side_within(dataset, _largest_input(cards))


def size_for_few(dataset: str, card: Card) -> int | None:
    """The same where a few images are looked at and no numbers are kept: never so large that all
    of a folder take much for the sake of a few."""
    return side_within(dataset, min(SIDE, _largest_input([card])))


def _largest_input(cards: Sequence[Card]) -> int:
    return max(card.input_size or 32 for card in cards)
