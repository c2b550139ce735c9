"""Published photographs of any size, which torchvision fetches: read at the size that is chosen."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps

from cacr_core.data import progress
from cacr_core.data.folders import kept
from cacr_core.data.image_set import ImageSet
from cacr_core.data.places import data_root
from cacr_core.data.published import fetch

Parts = tuple[ImageSet, ImageSet | None]


@dataclass(frozen=True)
class Photographs:
    """How one set is found and read.

    Args:
        marks: Files below the root, all of which are there once it has been fetched.
        source: Its class in torchvision.datasets, which gives `(image, label)` by index.
        train, test: Keyword arguments of the parts to train on, and of those to score on; without
            the latter the set is split here.
    """

    marks: tuple[str, ...]
    source: str
    train: tuple[dict[str, Any], ...]
    test: tuple[dict[str, Any], ...] = ()

    def is_here(self, root: str | Path | None = None) -> bool:
        """Whether it has been fetched. Looks at names of files only."""
        return all((data_root(root) / mark).is_file() for mark in self.marks)

    def read(self, name: str, root: str | Path | None, download: bool, size: int) -> Parts:
        """Images to train on and to score on, fetched first if they are not there and `download`.

        Raises:
            ValueError: In one sentence, what is missing and what to do.
        """
        place = data_root(root)
        if not self.is_here(root):
            if not download:
                raise ValueError(
                    f"{name} is not in {place}. Put torchvision's files there, set CACR_DATA to "
                    "where they are, or allow the download."
                )
            fetch(name, self.source, (*self.train, *self.test), place)
        try:
            train = self._part(name, place, self.train, size)
            return train, self._part(name, place, self.test, size) if self.test else None
        except (OSError, EOFError, RuntimeError, KeyError, IndexError, TypeError) as error:
            raise ValueError(
                f"The files of {name} in {place} cannot be read ({error}). "
                "Remove them and download again."
            ) from error

    def _part(self, name: str, place: Path, asked: Sequence[dict[str, Any]], size: int) -> ImageSet:
        from torchvision import datasets

        tables = [getattr(datasets, self.source)(place, **one) for one in asked]
        labels = [label for table in tables for label in _labels_of(table)]
        written = f"{kept.VERSION} {name} {place} {asked} {size} {len(labels)}"
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
        ("oxford-iiit-pet/annotations/trainval.txt", "oxford-iiit-pet/annotations/test.txt"),
        "OxfordIIITPet",
        ({"split": "trainval"},),
        ({"split": "test"},),
    ),
    "flowers102": Photographs(
        ("flowers-102/imagelabels.mat", "flowers-102/setid.mat"),
        "Flowers102",
        ({"split": "train"}, {"split": "val"}),
        ({"split": "test"},),
    ),
    "eurosat": Photographs(("eurosat/2750/Forest/Forest_1.jpg",), "EuroSAT", ({},)),
}
