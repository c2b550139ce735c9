"""Datasets by name, and folders or zips of images: `load(name) -> Splits`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cacr_core.data import folders, hub_sets
from cacr_core.data.account import Account
from cacr_core.data.folders import Found, read_folder
from cacr_core.data.folders.names import is_text
from cacr_core.data.image_set import (
    UNLABELLED,
    Factor,
    ImageSet,
    Splits,
    fair_draw,
    some_of,
    split_folder,
    split_one,
    split_two,
)
from cacr_core.data.imbalance import (
    IMBALANCES,
    RARE,
    count_per_class,
    head_and_tail,
    imbalanced,
    kept_per_class,
)
from cacr_core.data.medical import MEDICAL
from cacr_core.data.photographs import PHOTOGRAPHS
from cacr_core.data.places import data_root, offered_places, place_named
from cacr_core.data.progress import listening
from cacr_core.data.published import PUBLISHED, digits, find_root
from cacr_core.data.shapes import render_shapes
from cacr_core.data.spoil import duplicated, mixed, with_noise

__all__ = [
    "DATASETS",
    "IMBALANCES",
    "RARE",
    "UNLABELLED",
    "Account",
    "DatasetSpec",
    "Factor",
    "ImageSet",
    "Splits",
    "contents_of",
    "count_images",
    "count_per_class",
    "data_root",
    "duplicated",
    "fair_draw",
    "head_and_tail",
    "hub_sets",
    "imbalanced",
    "is_here",
    "is_offered",
    "is_text",
    "kept_per_class",
    "listening",
    "load",
    "mixed",
    "name_in_link",
    "named_by_link",
    "offered_places",
    "parts_of",
    "place_named",
    "read_folder",
    "refuse_unoffered",
    "side_within",
    "size_of",
    "split_folder",
    "with_noise",
]

SIDE = 256  # pixels that a set of any number of images is read at where more are wanted


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset to choose from.

    Args:
        image_size: Height and width as loaded, in pixels.
        note: One line on what it shows.
        needs_download: Whether its files come from the internet.
        n_train: How many images are trained on unless asked otherwise; None for all.
        megabytes: What a download fetches, about.
        any_size: Whether a person may choose the size that its photographs are read at.
    """

    name: str
    title: str
    image_size: int
    n_classes: int
    note: str
    needs_download: bool
    n_train: int | None = None
    megabytes: int = 0
    any_size: bool = False


DATASETS: dict[str, DatasetSpec] = {
    spec.name: spec
    for spec in (
        DatasetSpec(
            "shapes",
            "Shapes",
            32,
            8,
            "eight figures in any colour, size, place and turn, drawn here",
            False,
            10_000,
        ),
        DatasetSpec("digits", "Digits", 16, 10, "1,797 handwritten digits of 8 x 8 pixels", False),
        DatasetSpec(
            "fashion-mnist", "Fashion-MNIST", 28, 10, "grey photos of clothes", True, None, 31
        ),
        DatasetSpec(
            "cifar10", "CIFAR-10", 32, 10, "photos of animals and vehicles", True, None, 170
        ),
        DatasetSpec(
            "cifar100", "CIFAR-100", 32, 100, "photos of a hundred kinds of thing", True, None, 169
        ),
        DatasetSpec(
            "stl10",
            "STL-10",
            64,
            10,
            "photos at 64 pixels, most of those trained on without a label",
            True,
            20_000,
            2640,
        ),
        DatasetSpec("svhn", "SVHN", 32, 10, "house numbers in street photos", True, None, 246),
        DatasetSpec(
            "pets",
            "Oxford pets",
            32,
            37,
            "photos of breeds of cats and dogs",
            True,
            None,
            811,
            True,
        ),
        DatasetSpec(
            "flowers102", "Flowers 102", 32, 102, "photos of flowers", True, None, 345, True
        ),
        DatasetSpec(
            "eurosat", "EuroSAT", 32, 10, "satellite images of land in use", True, None, 94, True
        ),
        DatasetSpec("pathmnist", "PathMNIST", 28, 9, "tissue of the colon", True, None, 206),
        DatasetSpec("dermamnist", "DermaMNIST", 28, 7, "marks on the skin", True, None, 20),
        DatasetSpec("bloodmnist", "BloodMNIST", 28, 8, "cells of blood", True, None, 36),
    )
}


def is_here(name: str, root: str | Path | None = None) -> bool:
    """Whether `load(name, root=root)` needs no download. Looks at names and sizes of files only."""
    if name in PUBLISHED:
        return find_root(name, root) is not None
    if name in PHOTOGRAPHS:
        return PHOTOGRAPHS[name].is_here(root)
    if name in MEDICAL:
        return MEDICAL[name].is_here(name, root)
    return name in DATASETS or _place(name) is not None


def _place(name: str) -> Path | None:
    """Where the images of a name that is no known dataset lie; None where nothing does, and for a
    blank name, which would be the folder that the process happens to be in."""
    place = hub_sets.place_of(name) if hub_sets.is_hub(name) else place_named(name)
    return place if name.strip() and os.path.exists(place) else None


def size_of(name: str, size: int) -> int | None:
    """The size to load images at where a person may choose it; None for a set of its own size."""
    return None if name in DATASETS and not DATASETS[name].any_size else size


def side_within(name: str, size: int) -> int | None:
    """The same for images that are to be seen at `size` pixels, no larger than a set may be: at
    most `SIDE`, or what the bytes of a folder or zip allow beyond it.

    Raises:
        ValueError: The folder or zip cannot be looked into.
    """
    most = SIDE
    if size > SIDE and (n := count_images(name)) is not None:
        most = max(SIDE, folders.largest_side(n))
    return size_of(name, max(8, min(most, size)))


def count_images(name: str) -> int | None:
    """How many files of a folder or zip are images by their names; None for a known dataset, or
    where nothing lies.

    Raises:
        ValueError: The folder or zip cannot be looked into.
    """
    if name in DATASETS or (place := _place(name)) is None:
        return None
    return folders.count_images(place)


def contents_of(name: str) -> str:
    """A text that changes when the images of a folder or zip do; empty for a known dataset."""
    place = None if name in DATASETS else _place(name)
    return folders.contents_of(place) if place else ""


def is_offered(name: str) -> bool:
    """Whether anyone may name these images: a known dataset, one fetched from the Hub, or a place
    of CACR_FOLDERS.

    The text is compared and never looked up: whoever may not name a folder learns of none.
    """
    return name in DATASETS or name in hub_sets.fetched() or name in map(str, offered_places())


def name_in_link(name: str) -> str:
    """What a link calls images that are offered: a place of CACR_FOLDERS by what it is called, with
    its number among those called alike, never by where it lies."""
    return next((called for called, path in _called().items() if str(path) == name), name)


def named_by_link(text: str) -> str:
    """The images that a link means: those of `name_in_link`; any other text is left as it is."""
    return text if text in DATASETS else str(_called().get(text, text))


def _called() -> dict[str, Path]:
    """The places of CACR_FOLDERS by what links call them: `birds`, and `birds~2` for another."""
    found: dict[str, Path] = {}
    for path in offered_places():
        n_alike = sum(one.name == path.name for one in found.values())
        is_taken = n_alike or path.name in DATASETS or path.name in hub_sets.fetched()
        found[f"{path.name}~{n_alike + 1}" if is_taken else path.name] = path
    return found


def refuse_unoffered(*names: str, by: str) -> None:
    """Refuse images that only a person at this machine may name.

    Args:
        by: What names them, such as "A link".

    Raises:
        ValueError: One is neither a known dataset nor a place of CACR_FOLDERS.
    """
    for name in names:
        if name and not is_offered(name):
            raise ValueError(
                f"{by} cannot name a folder of this machine, got {name[:60]!r}. Choose it under "
                "Images, or start the app with CACR_FOLDERS naming it."
            )


def parts_of(name: str, size: int, root: str | Path | None = None, download: bool = False) -> Found:
    """What images of any size hold, before they are split: a folder, a zip, or a set that was
    downloaded.

    Raises:
        ValueError: In one sentence, what is missing and what to do.
    """
    if name in PHOTOGRAPHS:
        return Found(*PHOTOGRAPHS[name].read(name, root, download, size), Account())
    if (path := _place(name)) is None:
        raise ValueError(
            f"There is no dataset, folder or zip {name!r}. "
            f"Choose from {', '.join(DATASETS)} or give the path of a folder or zip of images."
        )
    return read_folder(path, size)


def load(
    name: str,
    *,
    n_probes: int = 512,
    n_held_out: int = 1000,
    n_train: int | None = None,
    seed: int = 0,
    root: str | Path | None = None,
    download: bool = False,
    size: int | None = None,
) -> Splits:
    """Images to train on, to watch and to score, without overlap and drawn with a seed.

    Args:
        name: A name in `DATASETS`, "hub:OWNER/NAME" of a set that was fetched, or the path of a
            folder or .zip of images, whose folders or table of labels say the classes
            (`folders.read_folder`).
        n_probes: How many images are watched. Where there is no test part (digits, folders) at
            least a third of the images stay for training, of folders half, and this shrinks.
        n_held_out: How many images are scored; shrinks likewise.
        n_train: How many images are trained on; None for as many as there are, or the
            dataset's own `n_train`.
        seed: Of the draw, and of the drawing of shapes.
        root: Where datasets are kept; else the environment's CACR_DATA, else
            `~/.cache/cacr-data`.
        download: Whether to fetch what is not there.
        size: Height and width for a folder or zip, or photographs of any size; 32 if None.

    Raises:
        ValueError: In one sentence, what is missing and what to do.
    """
    if n_probes < 2 or n_held_out < 0 or (n_train is not None and n_train < 2):
        raise ValueError(
            "n_probes and n_train must be 2 or more and n_held_out 0 or more, got "
            f"{n_probes}, {n_train} and {n_held_out}."
        )
    if name in DATASETS:
        if size is not None and not DATASETS[name].any_size:
            raise ValueError(
                f"size is for folders, zips and photographs; {name} has its own. Leave it out."
            )
        if n_train is None:
            n_train = DATASETS[name].n_train
        if name == "shapes":
            return Splits(
                render_shapes(n_train, seed, 0),
                render_shapes(n_probes, seed, 1),
                render_shapes(n_held_out, seed, 2),
            )
        if name == "digits":
            splits = split_one(digits(), n_probes, n_held_out, seed)
        elif name in PHOTOGRAPHS:
            splits = _split_parts(
                parts_of(name, size or 32, root, download), n_probes, n_held_out, seed
            )
        elif name in MEDICAL:
            splits = split_folder(
                *MEDICAL[name].read(name, root, download), n_probes, n_held_out, seed
            )
        else:
            train, test = PUBLISHED[name].read(name, root, download, n_train, seed)
            splits = split_two(train, test, n_probes, n_held_out, seed)
    else:
        splits = _split_parts(parts_of(name, size or 32), n_probes, n_held_out, seed)
    return splits._replace(train=some_of(splits.train, n_train, seed))


def _split_parts(found: Found, n_probes: int, n_held_out: int, seed: int) -> Splits:
    return split_folder(found.train, found.test, n_probes, n_held_out, seed)
