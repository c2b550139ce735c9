"""Published photographs of any size, which torchvision fetches: read at the size that is chosen."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps

from cacr_core.data import progress
from cacr_core.data.damage import BREAKS, unreadable
from cacr_core.data.folders import kept
from cacr_core.data.image_set import ImageSet
from cacr_core.data.places import data_root
from cacr_core.data.published import fetch, not_here

Parts = tuple[ImageSet, ImageSet | None]


@dataclass(frozen=True)
class Photographs:
    """How one set is found and read.

    Args:
        folder: Where it lies below the root.
        n_images: How many it has.
        source: Its class in torchvision.datasets, which gives `(image, label)` by index.
        train, test: Keyword arguments of the parts to train on, and of those to score on; without
            the latter the set is split here.
        marks: Files in its folder, all of which are there once it has been fetched.
        counted: A folder in it whose own folders hold all images, where no file marks the last.
        unpacked: Folders in it that torchvision, once they are there, takes for the whole set.
    """

    folder: str
    n_images: int
    source: str
    train: tuple[dict[str, Any], ...]
    test: tuple[dict[str, Any], ...] = ()
    marks: tuple[str, ...] = ()
    counted: str = ""
    unpacked: tuple[str, ...] = ()

    def is_here(self, root: str | Path | None = None) -> bool:
        """Whether it has been fetched, all of it. Looks at names of files only."""
        place = data_root(root) / self.folder
        if not all((place / mark).is_file() for mark in self.marks):
            return False
        return not self.counted or _n_files(place / self.counted) >= self.n_images

    def read(self, name: str, root: str | Path | None, download: bool, size: int) -> Parts:
        """Images to train on and to score on, fetched first if they are not there and `download`.

        Raises:
            ValueError: In one sentence, what is missing and what to do.
        """
        place = data_root(root)
        own = place / self.folder
        if not (self.is_here(root) or self._is_begun(own)):
            if not download:
                raise ValueError(not_here(name, place))
            fetch(name, self.source, (*self.train, *self.test), place)
        try:
            train, test = (self._tables(place, asked) for asked in (self.train, self.test))
            if (n := sum(map(len, (*train, *test)))) < self.n_images:
                raise ValueError(f"incomplete: {n:,} of {self.n_images:,} images")
            bank = self._part(f"{name} {place} {self.train}", train, size)
            return bank, self._part(f"{name} {place} {self.test}", test, size) if test else None
        except BREAKS as error:
            raise unreadable(name, own, error) from error

    def _is_begun(self, place: Path) -> bool:
        """Whether torchvision would fetch nothing, however much of the set is there."""
        return bool(self.unpacked) and all((place / name).is_dir() for name in self.unpacked)

    def _tables(self, place: Path, asked: Sequence[dict[str, Any]]) -> list[Any]:
        from torchvision import datasets

        return [getattr(datasets, self.source)(place, **one) for one in asked]

    def _part(self, asked: str, tables: Sequence[Any], size: int) -> ImageSet:
        labels = [label for table in tables for label in _labels_of(table)]
        written = f"{kept.VERSION} {asked} {size} {len(labels)}"
        key = hashlib.blake2b(written.encode(), digest_size=16).hexdigest()
        known = kept.recall(key)
        if known is None:
            images = _squares(tables, size)
            known = kept.Pixels(images, np.ones(len(images), bool), Counter(), [])
            kept.keep(key, known)
        names = tuple(str(word).replace("_", " ") for word in tables[0].classes)
        return ImageSet(
            torch.from_numpy(known.images), torch.tensor(labels, dtype=torch.int64), names
        )


def _n_files(place: Path) -> int:
    """How many files lie in the folders of a folder, by their names."""
    try:
        return sum(_n_names(one, one.stat().st_mtime_ns) for one in place.iterdir() if one.is_dir())
    except OSError:
        return 0


@cache
def _n_names(folder: Path, changed: int) -> int:
    return len(os.listdir(folder))


def _labels_of(table: Any) -> list[int]:
    return [int(label) for label in getattr(table, "targets", None) or table._labels]


def _squares(tables: Sequence[Any], size: int) -> np.ndarray:
    """`(n, 3, size, size)` uint8: the middle square of every image of some tables, in order."""
    index = [(table, i) for table in tables for i in range(len(table))]
    images = np.empty((len(index), 3, size, size), np.uint8)

    def square(one: tuple[Any, int]) -> np.ndarray:
        image: Image.Image = one[0][one[1]][0]
        return np.asarray(ImageOps.fit(image.convert("RGB"), (size, size))).transpose(2, 0, 1)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for i, pixels in enumerate(pool.map(square, index)):
            progress.tell(i, len(index))
            images[i] = pixels
    return images


PHOTOGRAPHS: dict[str, Photographs] = {
    "pets": Photographs(
        "oxford-iiit-pet",
        7_349,
        "OxfordIIITPet",
        ({"split": "trainval"},),
        ({"split": "test"},),
        marks=("annotations/trainval.txt", "annotations/test.txt"),
        unpacked=("images", "annotations"),
    ),
    "flowers102": Photographs(
        "flowers-102",
        8_189,
        "Flowers102",
        ({"split": "train"}, {"split": "val"}),
        ({"split": "test"},),
        marks=("imagelabels.mat", "setid.mat"),
    ),
    "eurosat": Photographs("eurosat", 27_000, "EuroSAT", ({},), counted="2750", unpacked=("2750",)),
}
