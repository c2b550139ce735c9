"""A folder or zip of images -> what to train on and what to score, and an account of its files."""

from __future__ import annotations

import contextlib
import math
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import torch

from cacr_core.data.account import Account, several
from cacr_core.data.folders import bounds, classes, names, tables
from cacr_core.data.folders.kept import contents_of as contents_of
from cacr_core.data.folders.listing import Listing, list_folder, of_kind
from cacr_core.data.folders.reading import read_pixels
from cacr_core.data.folders.zips import ENDINGS, check_directory, list_zip, no_zip
from cacr_core.data.image_set import UNLABELLED, Factor, ImageSet

ASIDE = {
    "test": "of the test part (val scores)",
    "unlabelled": "of a part to score (no label)",
    None: "beside the parts",
}
SCORING = ("val", "test")


class Found(NamedTuple):
    """What a folder or zip holds.

    Attributes:
        train: Its images, or where it has parts those to train on.
        test: Those of its part to score on; None where it has none.
        account: Of its files.
    """

    train: ImageSet
    test: ImageSet | None
    account: Account


def read_folder(path: Path, size: int = 32) -> Found:
    """All images of a folder or zip, cut to the middle square and resized.

    Args:
        path: Of a folder or a .zip.
        size: Height and width to resize to, in pixels.

    Raises:
        ValueError: There are none, or too many.
    """
    if not 8 <= size <= bounds.MAX_SIDE:
        raise ValueError(f"size must be between 8 and {bounds.MAX_SIDE} pixels, got {size}.")
    with _listed(path) as listing:
        return _found(listing, size)


def count_images(path: Path) -> int:
    """How many files of a folder or zip are images by their names.

    Raises:
        ValueError: It is neither, or holds too many files.
    """
    with _listed(path) as listing:
        return len(listing.pictures)


def largest_side(n: int) -> int:
    """The size, in pixels, at which so many images are just no more than a set may be."""
    return min(bounds.MAX_SIDE, math.isqrt(bounds.MAX_SET_BYTES // (3 * max(1, n))))


@contextlib.contextmanager
def _listed(path: Path) -> Iterator[Listing]:
    """What a folder or zip holds, which can be read within."""
    if path.is_dir():
        yield list_folder(path)
        return
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            raise no_zip(path.name, file.read(512))
    try:
        with path.open("rb") as file:
            check_directory(file, path.name)
            with zipfile.ZipFile(file) as archive:
                yield list_zip(archive, path.name)
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, struct.error) as error:
        raise ValueError(f"{path.name} is a damaged zip ({error}). Pack it again.") from error


def read_images(path: Path, size: int = 32) -> ImageSet:
    """The images to train on of a folder or zip."""
    return read_folder(path, size).train


class _Plan(NamedTuple):
    """What is to become of each image: its class (None for none), and whether it scores."""

    classes: list[str | None]
    is_used: np.ndarray
    is_test: np.ndarray
    groups: list[str]


def _found(listing: Listing, size: int) -> Found:
    if not listing.pictures:
        raise _no_images(listing)
    n_files, left_out, notes = listing.n_files, listing.left_out, listing.notes
    images = [one.inside for one in listing.pictures]
    by_folder = classes.arrange([inside.parts[:-1] for inside in images])
    has_classes = classes.say_classes(by_folder.classes)
    said = tables.read_tables(listing.tables, images, by_folder.parts, has_classes)
    plan = _plan(by_folder, said, left_out, notes)
    used = [one for one, is_used in zip(listing.pictures, plan.is_used, strict=True) if is_used]
    pixels = read_pixels(used, size, listing.name)
    if not len(pixels.images):
        raise ValueError(
            f"None of the {len(used)} images of {listing.name} can be read "
            f"({', '.join(pixels.left_out)}). Save them as .png or .jpg."
        )
    left_out.update(pixels.left_out)
    left_out.update(of_kind(t.inside) for t in listing.tables if t.inside not in said.used)
    index = np.flatnonzero(plan.is_used)[pixels.is_read]
    account = Account(
        n_files=n_files,
        n_images=len(index),
        tables=tuple(str(one) for one in said.used),
        left_out=dict(left_out),
        notes=(*notes, *pixels.notes),
        questions=tuple(_questions(plan.classes)),
    )
    every = _image_set(listing, plan, index, pixels.images, account)
    is_test = torch.from_numpy(plan.is_test[index])
    if not is_test.any():
        return Found(every, None, account)
    train, test = (every.take(torch.nonzero(one)[:, 0]) for one in (~is_test, is_test))
    return Found(train, test, account)


def _no_images(listing: Listing) -> ValueError:
    counts = {end: listing.left_out[of_kind(PurePosixPath(f"a{end}"))] for end in ENDINGS}
    archives = {end: n for end, n in counts.items() if n}
    if archives:
        n = several(sum(archives.values()), "archive")
        return ValueError(
            f"{listing.name} holds no images but {n} ({', '.join(archives)}). Unpack what is "
            "packed in it."
        )
    return ValueError(
        f"{listing.name} holds no images. Put files such as .png or .jpg there, in a folder a "
        "class if there are classes."
    )


def _plan(
    by_folder: classes.Arrangement,
    said: tables.Labels,
    left_out: Counter[str],
    notes: list[str],
) -> _Plan:
    """Classes and parts: by a table where one names most images, else by the folders. Names that
    differ from image to image are no classes where folders have some."""
    n = len(by_folder.classes)
    has_folders = len(set(by_folder.classes)) > 1
    repeats = len(set(filter(None, said.classes))) < said.n_labelled
    notes += said.notes
    if said.n_labelled and (not has_folders or (repeats and said.n_labelled * 2 >= n)):
        named, groups = said.classes, []
        if said.n_labelled < n:
            notes.append(
                f"{several(n - said.n_labelled, 'image has', 'images have')} no label there."
            )
    else:
        groups = by_folder.groups
        named = list(by_folder.classes)
        if repeats:
            named = [a or b for a, b in zip(named, said.classes, strict=True)]
        elif said.n_labelled:
            notes.append("No two images have the same label there: folders are the classes.")
        notes += by_folder.notes
        if set(named) == {None}:
            named = [classes.ONE] * n
    parts = [a or b for a, b in zip(said.parts, by_folder.parts, strict=True)]
    is_test, aside = _roles(parts, named)
    for reason in aside:
        if reason:
            left_out[reason] += 1
    is_used = np.array([not reason for reason in aside])
    _say_parts(is_test & is_used, is_used, parts, notes)
    return _Plan(named, is_used, is_test, groups)


def _roles(
    parts: list[classes.Part | None], named: list[str | None]
) -> tuple[np.ndarray, list[str]]:
    """Which images score, and why each of the others is left aside; empty where it is used."""
    has = {part for part, name in zip(parts, named, strict=True) if name is not None}
    scoring = next((part for part in SCORING if part in has and "train" in has), None)
    is_test = np.array([scoring is not None and part == scoring for part in parts])
    aside = []
    for part, name in zip(parts, named, strict=True):
        reason = ""
        if scoring and part is None:
            reason = ASIDE[None]
        elif "train" in has and part in SCORING and name is None:
            reason = ASIDE["unlabelled"]
        elif scoring == "val" and part == "test":
            reason = ASIDE["test"]
        aside.append(reason)
    return is_test, aside


def _say_parts(
    scores: np.ndarray, is_used: np.ndarray, parts: list[classes.Part | None], notes: list[str]
) -> None:
    if scores.any():
        part = next(p for p, own in zip(parts, scores, strict=True) if own)
        n = int(scores.sum())
        score = several(n, f"image of the {part} part scores", f"images of the {part} part score")
        notes.append(f"{score}; {int(is_used.sum()) - n:,} are trained on.")


def _questions(named: list[str | None]) -> list[str]:
    return [
        f"{' and '.join(map(repr, group))} differ in case or spaces only: are they one class? They "
        "are taken as several; rename a folder to join them."
        for group in names.nearly_alike(filter(None, named))
    ]


def _image_set(
    listing: Listing, plan: _Plan, index: np.ndarray, images: np.ndarray, account: Account
) -> ImageSet:
    named = [plan.classes[i] for i in index]
    class_names = tuple(names.in_order(filter(None, named)))
    number = {name: i for i, name in enumerate(class_names)}
    labels = [UNLABELLED if name is None else number[name] for name in named]
    factors = {}
    if plan.groups:
        outer = names.in_order(plan.groups)
        where = np.array([outer.index(plan.groups[i]) for i in index])
        factors["folder"] = Factor("class", where, tuple(outer))
    return ImageSet(
        torch.from_numpy(images),
        torch.tensor(labels, dtype=torch.int64),
        class_names,
        factors,
        account=account,
        names=tuple(str(listing.pictures[i].inside) for i in index),
    )
