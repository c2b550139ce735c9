"""What a dataset is once it is loaded, and how one set is split fairly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from cacr_core.data.account import NOTHING_LEFT_OUT, Account

UNLABELLED = -1
FEWEST = 12  # images of a folder that can be trained on


@dataclass(frozen=True, eq=False)
class Factor:
    """One thing that is known about every image beside its class, such as its hue.

    Args:
        kind: "circular" (values in [0, 1), 1 is 0 again), "number", or "class" (values index
            `names`).
        values: `(n,)`.
        names: What the values of a "class" mean; None otherwise.
    """

    kind: Literal["circular", "number", "class"]
    values: np.ndarray
    names: tuple[str, ...] | None = None

    def take(self, index: np.ndarray) -> Factor:
        """The same factor of some of the images."""
        return replace(self, values=self.values[index])


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images with their labels.

    Args:
        images: `(n, 3, height, width)` uint8; grey images are repeated to three channels.
        labels: `(n,)` int64, indices into `class_names`; -1 where no label is known.
        class_names: One name a class.
        factors: What else is known about each image, by name.
        names: Of the images' files, inside their folder or zip; empty where there are none.
        account: Of the files of a folder or zip: what was left out, changed or is in question.
    """

    images: Tensor
    labels: Tensor
    class_names: tuple[str, ...]
    factors: dict[str, Factor] = field(default_factory=dict)
    account: Account = NOTHING_LEFT_OUT
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.shape[1] != 3 or self.images.dtype != torch.uint8:
            raise ValueError(
                "Images must be uint8 of shape (n, 3, height, width), got "
                f"{self.images.dtype} of shape {tuple(self.images.shape)}."
            )
        if self.labels.shape != self.images.shape[:1] or self.labels.dtype != torch.int64:
            raise ValueError(
                f"{len(self.images)} images need as many int64 labels, got {self.labels.dtype} "
                f"of shape {tuple(self.labels.shape)}."
            )
        if len(self.labels):
            least, most, n = int(self.labels.min()), int(self.labels.max()), len(self.class_names)
            if not UNLABELLED <= least <= most < n:
                raise ValueError(
                    f"Labels of {n} classes must be from 0 to {n - 1}, or -1 for none, got {least} "
                    f"to {most}."
                )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: Tensor) -> ImageSet:
        """The images at `index` `(m,)` int64, in that order."""
        index = torch.as_tensor(index, dtype=torch.int64)
        where = index.numpy()
        return replace(
            self,
            images=self.images[index],
            labels=self.labels[index],
            factors={name: factor.take(where) for name, factor in self.factors.items()},
            names=tuple(self.names[i] for i in where) if self.names else (),
        )

    def without_pixels(self) -> ImageSet:
        """The same labels with images of one black pixel, to see how a set would be split."""
        return replace(self, images=torch.zeros(len(self), 3, 1, 1, dtype=torch.uint8))


class Splits(NamedTuple):
    """Three disjoint sets: `train` is trained on, `probe` is watched, `held_out` is scored."""

    train: ImageSet
    probe: ImageSet
    held_out: ImageSet


def split_one(images: ImageSet, n_probes: int, n_held_out: int, seed: int) -> Splits:
    """Split a set that has no test part of its own, leaving at least a third for training.

    Asked for more than two thirds of the images, probe and held-out sets shrink to two and four
    ninths of them.
    """
    total = len(images)
    if total < 12:
        raise ValueError(f"Training needs 12 images or more, got {total}. Add images.")
    if n_probes + n_held_out > total * 2 // 3:
        n_probes = min(n_probes, total * 2 // 9)
        n_held_out = min(n_held_out, total * 2 // 3 - n_probes)
    rest, probe, held_out = fair_draw(images.labels, n_probes, n_held_out, seed, n_parts=3)
    return Splits(images.take(rest), images.take(probe), images.take(held_out))


def split_folder(
    train: ImageSet, test: ImageSet | None, n_probes: int, n_held_out: int, seed: int
) -> Splits:
    """Split what a person brought, which may be little: half of it at least is trained on.

    A part to score on scores whole; what is watched comes out of it where it is large, else out of
    the images to train on. Images without a label are trained on alone, where others have one.
    """
    total = len(train) + len(test or ())
    if total < FEWEST:
        raise ValueError(f"Training needs {FEWEST} images or more, got {total}. Add images.")
    if len(train) < FEWEST // 2:
        raise ValueError(
            f"Of {total} images {len(train)} lie in the training part; it needs {FEWEST // 2} or "
            "more. Add images there."
        )
    if test is not None and len(test) >= 2 * n_probes:
        n_held_out = min(n_held_out, len(test) - n_probes)
        return split_two(train, test, n_probes, n_held_out, seed)
    labelled = torch.nonzero(train.labels >= 0)[:, 0]
    unlabelled = torch.nonzero(train.labels < 0)[:, 0]
    if len(labelled) < FEWEST // 2:
        labelled, unlabelled = torch.arange(len(train)), unlabelled[:0]
    n_probes = max(2, min(n_probes, len(labelled) // 4))
    n_from = 0 if test is not None else max(1, min(n_held_out, len(labelled) // 4))
    rest, probe, held_out = fair_draw(train.labels[labelled], n_probes, n_from, seed, n_parts=3)
    scored = train.take(labelled[held_out])
    if test is not None:
        dealt = fair_draw(test.labels, 0, min(n_held_out, len(test)), seed)[2]
        scored = test.take(dealt)
    kept = torch.cat([labelled[rest], unlabelled])
    return Splits(train.take(kept), train.take(labelled[probe]), scored)


def split_two(train: ImageSet, test: ImageSet, n_probes: int, n_held_out: int, seed: int) -> Splits:
    """Keep `train`; draw probe and held-out images from `test`."""
    if n_probes + n_held_out > len(test):
        raise ValueError(
            f"The test part has {len(test)} images, too few for {n_probes} probes and "
            f"{n_held_out} held-out images. Ask for fewer."
        )
    _, probe, held_out = fair_draw(test.labels, n_probes, n_held_out, seed, n_parts=2)
    return Splits(train, test.take(probe), test.take(held_out))


def fair_draw(
    labels: Tensor, n_probes: int, n_held_out: int, seed: int, n_parts: int = 1
) -> tuple[Tensor, Tensor, Tensor]:
    """Shuffled indices `(rest, probe, held_out)`, the latter two as balanced over classes as the
    labels allow.

    Images are dealt in rounds, one of every class a round, each class and each round shuffled. A
    class that has given a part its share sits out until the next part, unless no other class has
    any of its share left.

    Args:
        n_parts: How many parts want images of every class. A class's share is one n-th of it, and
            at least one image; with 1 nothing is left for others.
    """
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(labels), generator=generator)
    known, of = labels.unique(return_inverse=True)
    turn = torch.empty(len(labels), dtype=torch.int64)
    for label in range(len(known)):
        own = shuffled[of[shuffled] == label]
        turn[own] = torch.arange(len(own))
    most = (of.bincount() // n_parts).clamp(min=1)
    given = torch.zeros_like(most)
    left = shuffled[turn[shuffled].sort(stable=True).indices]
    parts = []
    for n in (n_probes, n_held_out):
        # who sat out joins in at the round that the others have come to
        begun = max(given.tolist(), default=0) - 1
        at = (turn + (begun - given).clamp(min=0)[of])[left]
        is_over = (turn - given[of] >= most[of])[left]
        order = (at + 2 * len(labels) * is_over).sort(stable=True).indices
        parts.append(left[order[:n].sort().values])
        given += of[parts[-1]].bincount(minlength=len(known))
        left = left[order[n:].sort().values]
    rest, probe, held_out = (
        part[torch.randperm(len(part), generator=generator)] for part in (left, *parts)
    )
    return rest, probe, held_out


def some_of(images: ImageSet, n: int | None, seed: int) -> ImageSet:
    """`n` of the images, drawn with a seed; all of them for None."""
    if n is None or n == len(images):
        return images
    if n > len(images):
        raise ValueError(f"There are {len(images)} training images, fewer than n_train={n}.")
    generator = torch.Generator().manual_seed(seed)
    return images.take(torch.randperm(len(images), generator=generator)[:n])
