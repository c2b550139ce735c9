"""Images that took long to read, kept by what they were read from."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cacr_core.data.damage import CLAIMS
from cacr_core.data.folders.decode import formats
from cacr_core.data.folders.listing import Source, list_folder
from cacr_core.data.places import NoHomeError, data_root, sweep

VERSION = 5  # of how files become pixels
WORTH = 2.0  # seconds that reading took, for it to be kept
MOST = 12  # sets, the newest


class Pixels(NamedTuple):
    """What was read of some files.

    Attributes:
        images: `(n, 3, size, size)` uint8, of those that could be read.
        is_read: `(files,)` bool.
        left_out: The others, by reason.
        notes: What was changed, a sentence each.
    """

    images: np.ndarray
    is_read: np.ndarray
    left_out: Counter[str]
    notes: list[str]


def key_of(sources: Sequence[Source], size: int) -> str:
    """Changes when a file is added, renamed, written or another one, the size is another, or a
    decoder comes."""
    return _digest(sources, size, [source.identity for source in sources])


def _digest(sources: Sequence[Source], size: int, identities: Sequence[str]) -> str:
    packages = [importlib.util.find_spec(p) is not None for p in ("tifffile", "imagecodecs")]
    found = hashlib.blake2b(f"{VERSION} {size} {formats()} {packages}\n".encode(), digest_size=16)
    for source, identity in zip(sources, identities, strict=True):
        text = f"{source.inside}\0{source.stamp} {identity}\n"
        found.update(text.encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def contents_of(path: Path) -> str:
    """Changes when a file of a folder does, or a zip is another; empty where there is neither.

    Runs are found by it and last longer than a disk keeps its number, so it knows no identities.
    """
    if not os.path.isdir(path):
        return f"{path.stat().st_size} {path.stat().st_mtime_ns}" if os.path.exists(path) else ""
    listing = list_folder(path)
    files = [*listing.pictures, *listing.tables]
    return _digest(files, 0, [""] * len(files))


def recall(key: str) -> Pixels | None:
    """What was kept under a key; None where nothing was, or it is damaged."""
    try:
        path = data_root() / "read" / f"{key}.npz"
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            told = json.loads(str(kept["told"]))
            found = Pixels(
                kept["images"], kept["is_read"], Counter(told["left_out"]), list(told["notes"])
            )
        with contextlib.suppress(OSError):  # of a folder that is only read
            os.utime(path)
    except CLAIMS:
        return None
    return found if len(found.images) == found.is_read.sum() else None


def keep(key: str, pixels: Pixels) -> None:
    """Keep what was read, the newest few; without a word where there is no room for it."""
    told = json.dumps({"left_out": pixels.left_out, "notes": pixels.notes})
    with contextlib.suppress(OSError, NoHomeError):
        place = data_root() / "read"
        place.mkdir(parents=True, exist_ok=True)
        sweep(place, "*.part")
        number, path = tempfile.mkstemp(dir=place, suffix=".part")
        try:
            with os.fdopen(number, "wb") as file:
                np.savez(file, images=pixels.images, is_read=pixels.is_read, told=told)
            os.replace(path, place / f"{key}.npz")
        finally:
            Path(path).unlink(missing_ok=True)
        newest = sorted(place.glob("*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in newest[MOST:]:
            old.unlink(missing_ok=True)
