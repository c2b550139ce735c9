"""Many files -> pixels: each decoded once, several at a time, within bounds."""

from __future__ import annotations

import os
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cacr_core.data import progress
from cacr_core.data.account import several
from cacr_core.data.folders import bounds, kept
from cacr_core.data.folders.decode import (
    BREAKS,
    NAN,
    PAGES,
    TOO_LARGE,
    Decoded,
    Numbers,
    read_image,
    why_not,
)
from cacr_core.data.folders.kept import Pixels
from cacr_core.data.folders.listing import Source
from cacr_core.data.folders.ranges import stretched

MOST_THREADS = 8
SAID = {
    PAGES: "{} several pages or frames; the first of each is taken.",
    NAN: "{} values that are no finite numbers of 32 bits; what is no number or below all is drawn "
    "as the lowest, what is above all as the highest.",
    "2 channels": "{} two channels; they are shown as red and green.",
}
DARK, LIGHT = 8, 247
UNREAD = "that cannot be read from the disk or the zip"


def read_pixels(sources: Sequence[Source], size: int, name: str) -> Pixels:
    """All files that can be read, as squares; what took long is kept for the next time.

    Raises:
        ValueError: There are more, or larger, than a set may have.
    """
    _check(sources, size, name)
    key = kept.key_of(sources, size)
    if (known := kept.recall(key)) is not None:
        return known
    began = time.monotonic()
    pixels = _read(sources, size, name, began)
    if time.monotonic() - began > kept.WORTH:
        kept.keep(key, pixels)
    return pixels


def _read(sources: Sequence[Source], size: int, name: str, began: float) -> Pixels:
    images = np.empty((len(sources), 3, size, size), np.uint8)
    is_read = np.zeros(len(sources), bool)
    left_out: Counter[str] = Counter()
    remarks: Counter[str] = Counter()
    numbers: dict[int, Numbers] = {}
    n_pixels = n_bytes = n_held = 0
    for index, outcome in enumerate(_decoded(sources, size)):
        progress.tell(index, len(sources))
        if isinstance(outcome, str):
            left_out[outcome] += 1
            continue
        is_read[index] = True
        remarks.update(outcome.remarks)
        if isinstance(outcome.pixels, Numbers):
            numbers[index] = outcome.pixels
            n_held += outcome.pixels.values.nbytes
        else:
            images[index] = outcome.pixels.transpose(2, 0, 1)
        n_pixels, n_bytes = n_pixels + outcome.n_unpacked, n_bytes + sources[index].n_packed
        _check_so_far(name, n_pixels, n_bytes, n_held)
        if time.monotonic() - began > bounds.MAX_SECONDS:
            raise ValueError(
                f"Reading the images of {name} takes longer than {bounds.MAX_SECONDS:.0f} s: "
                f"{index + 1:,} of {len(sources):,} were read. Use fewer or smaller images."
            )
    notes: list[str] = []
    for index, eight in stretched(numbers, notes).items():
        images[index] = eight.transpose(2, 0, 1)
    notes += [_remark(word, n) for word, n in sorted(remarks.items())]
    images = images if is_read.all() else images[is_read]  # which copies
    notes += _unlit(images) if len(images) else []
    return Pixels(images, is_read, left_out, notes)


def _decoded(sources: Sequence[Source], size: int) -> Iterator[Decoded | str]:
    """What each file holds, or why it is left out, in order; several are read at a time."""

    def work(source: Source) -> Decoded | str:
        try:
            data = source.read()
        except BREAKS as error:
            return TOO_LARGE if str(error) == "too large" else UNREAD
        try:
            return read_image(data, size)
        except BREAKS as error:
            return why_not(data, error)

    pool = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1), "images")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of the whole process: threads have no filters of their own
        try:
            yield from pool.map(work, sources)
        finally:
            pool.shutdown(cancel_futures=True)


def _remark(word: str, n: int) -> str:
    of = several(n, "image has", "images have")
    if word in SAID:
        return SAID[word].format(of)
    return f"{of} {word}; the first three are shown as red, green and blue."


def _unlit(images: np.ndarray) -> list[str]:
    """A note where images are all but black, or all but white."""
    flat = images.reshape(len(images), -1)
    said = []
    for n, word in (
        (int((flat.max(1, initial=0) <= DARK).sum()), "black"),
        (int((flat.min(1, initial=255) >= LIGHT).sum()), "white"),
    ):
        if n:
            said.append(f"{several(n, 'image is', 'images are')} all but {word}, as saved.")
    return said


def _check(sources: Sequence[Source], size: int, name: str) -> None:
    if len(sources) > bounds.MAX_IMAGES:
        raise ValueError(
            f"{name} holds {len(sources)} images, more than the {bounds.MAX_IMAGES} allowed. "
            "Use fewer."
        )
    n_bytes = len(sources) * 3 * size**2
    if n_bytes > bounds.MAX_SET_BYTES:
        raise ValueError(
            f"The {len(sources):,} images of {name} take {n_bytes / 2**30:.1f} GB at {size} pixels "
            f"each, more than the {bounds.MAX_SET_BYTES / 2**30:.0f} GB allowed. Use fewer."
        )


def _check_so_far(name: str, n_pixels: int, n_bytes: int, n_held: int) -> None:
    if n_pixels > bounds.PIXELS_OF_ANY + bounds.PIXELS_A_BYTE * n_bytes:
        raise ValueError(
            f"The images of {name} unpack to more than {bounds.PIXELS_OF_ANY / 1e6:.0f} million "
            f"pixels and {bounds.PIXELS_A_BYTE} for each of their bytes. Save smaller images."
        )
    if n_held > bounds.MAX_SET_BYTES:
        raise ValueError(
            f"The images of {name} that have more than 8 bits take more than "
            f"{bounds.MAX_SET_BYTES / 2**30:.0f} GB. Use fewer, or a smaller size."
        )
