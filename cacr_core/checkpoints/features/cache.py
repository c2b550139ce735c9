"""Features kept on disk: one .npz a layer, whole or not there, the longest unused leaving first.

A file holds two plain arrays: `features`, and `key`, the JSON of what they were made of, which
must be that of the question. Whatever cannot be read is as good as not there, and is removed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import time
import uuid
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cacr_core.data.places import below_home

MAX_BYTES = 2 << 30
STALE = 3600.0  # seconds after which an unfinished file has no writer any more
FORMAT = 1  # of what `embed` does: raise it when equal keys would no longer give equal features
BREAKS = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, kw_only=True)
class Key:
    """All that features depend on.

    Args:
        weights: `fingerprint` of the checkpoint.
        network: Which encoder and head of it, and what was assumed to build them.
        dataset, split: As a person calls them.
        images: `digest` of the images themselves.
        n_images: How many.
        input_size: Height and width they are resized to.
        mean, std: What they are normalised with.
        space: Of colours, as the card's normalisation has it.
        layer: "features", "head" or the name of an inner layer.
        device: The kind of device they are computed on.
    """

    weights: str
    network: str
    dataset: str
    split: str
    images: str
    n_images: int
    input_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    space: str = "rgb"
    layer: str
    device: str = "cpu"

    @property
    def text(self) -> str:
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, sort_keys=True)

    @property
    def file_name(self) -> str:
        return f"{hashlib.sha256(self.text.encode()).hexdigest()[:32]}.npz"


def cache_folder() -> Path | None:
    """CACR_CACHE, else `~/.cache/cacr-features`; None for a user who has no home."""
    if chosen := os.environ.get("CACR_CACHE"):
        return Path(os.path.expanduser(chosen))
    return below_home(".cache", "cacr-features")


def read(key: Key, folder: Path | None = None) -> np.ndarray | None:
    """`(n_images, dim)` float32 as it was written; None where it is not there or is damaged."""
    folder = folder or cache_folder()
    if folder is None:
        return None
    path = folder / key.file_name
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            features = arrays["features"]
            if str(arrays["key"]) != key.text or features.dtype != np.float32:
                raise ValueError("of another question")
        if features.ndim != 2 or len(features) != key.n_images:
            raise ValueError("of another shape")
        with contextlib.suppress(OSError):  # of a folder that is only read
            os.utime(path)  # used now
        return features
    except FileNotFoundError:
        return None
    except BREAKS:
        with contextlib.suppress(OSError):
            path.unlink()
        return None


def write(
    key: Key, features: np.ndarray, folder: Path | None = None, max_bytes: int = MAX_BYTES
) -> None:
    """Keep `(n_images, dim)` features. A disk that is full or not to be written to loses the
    cache and nothing else."""
    folder = folder or cache_folder()
    if folder is None or features.nbytes > max_bytes:
        return
    part = folder / f"{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(part, "wb") as file:
            np.savez(file, features=features.astype(np.float32, copy=False), key=key.text)
        part.replace(folder / key.file_name)
        trim(folder, max_bytes)
    except OSError:
        pass
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def trim(folder: Path, max_bytes: int = MAX_BYTES) -> None:
    """Remove what was used longest ago until the rest fits, and what a killed writer left."""
    kept = []
    for path in (*folder.glob("*.npz"), *folder.glob("*.part")):
        with contextlib.suppress(OSError):
            status = path.stat()
            if path.suffix == ".npz":
                kept.append((status.st_mtime_ns, status.st_size, path))
            elif time.time() - status.st_mtime > STALE:
                path.unlink()
    total = sum(size for _, size, _ in kept)
    for _, size, path in sorted(kept):
        if total <= max_bytes:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
