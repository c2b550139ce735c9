"""Arrays of a run: .npz files of bounded size, read without trusting what their headers say."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

import numpy as np

from cacr_core.runs.paths import snapshot_path
from cacr_core.snapshot import MOST_QUEUED, Snapshot

MOST_BYTES = 512 * 2**20  # of one file, unpacked
MOST_MEMBERS = 8
MOST_HEADER = 1_000  # bytes of an array's own header
KINDS = ("<f2", "<f4", "<f8", "<i4", "<i8")
_QUEUE = ("queue", "queue_ages", "queue_items")
BREAKS = (
    ValueError, KeyError, IndexError, TypeError, EOFError, OverflowError, RuntimeError,
    NotImplementedError, SyntaxError, MemoryError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
"""What reading a damaged file may raise, beside OSError."""


def read_npz(path: Path, names: Collection[str]) -> dict[str, np.ndarray]:
    """The arrays of these names that a file holds.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is damaged, or larger than `MOST_BYTES`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            size = sum(entry.file_size for entry in entries)
            if len(entries) > MOST_MEMBERS or size > MOST_BYTES:
                raise ValueError(
                    f"it may hold {MOST_MEMBERS} arrays and {MOST_BYTES // 2**20} MB, got "
                    f"{len(entries)} and {size // 2**20} MB"
                )
            found = {}
            for entry in entries:
                name = entry.filename.removesuffix(".npy")
                if name in names:
                    with archive.open(entry) as file:
                        found[name] = _array(file, entry.file_size)
            return found
    except FileNotFoundError:
        raise
    except (*BREAKS, OSError) as error:
        raise ValueError(f"{path.name} is damaged: {error}.") from None


def _array(file: IO[bytes], size: int) -> np.ndarray:
    """One array; what its header says of its size is held to the bytes that are there."""
    content = file.read(size + 1)
    if len(content) != size:
        raise ValueError(f"an array of {size} bytes has {len(content)}")
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise ValueError(f"an array has format {version}")
    shape, is_fortran, kind = np.lib.format.read_array_header_1_0(stream, MOST_HEADER)
    at = stream.tell()
    n = int(np.prod([int(length) for length in shape], dtype=object))
    if kind.str not in KINDS or is_fortran or n * kind.itemsize != size - at:
        raise ValueError(f"an array says {kind} of shape {shape} and has {size - at} bytes")
    return np.frombuffer(content, kind, n, at).reshape(shape).copy()


def packed(snapshot: Snapshot) -> bytes:
    """The arrays of a snapshot as the content of its file, float16."""
    arrays: dict[str, Any] = {"embeddings": snapshot.embeddings.astype(np.float16)}
    if snapshot.features is not None:
        most = np.finfo(np.float16).max  # features of a run going wrong may be larger
        arrays["features"] = snapshot.features.clip(-most, most).astype(np.float16)
    if snapshot.queue is not None:
        assert snapshot.queue_ages is not None and snapshot.queue_items is not None
        arrays["queue"] = snapshot.queue.astype(np.float16)
        arrays["queue_ages"] = snapshot.queue_ages.astype(np.int32)
        arrays["queue_items"] = snapshot.queue_items.astype(np.int32)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def read_arrays(folder: Path, step: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Embeddings `(view, probe, dim)` and features `(probe, feature_dim)` of one snapshot.

    Raises:
        FileNotFoundError: There is none of this step, or it has been thinned out.
        ValueError: The file is not a snapshot.
    """
    path = snapshot_path(folder, step)
    found = read_npz(path, ("embeddings", "features"))
    if "embeddings" not in found:
        raise ValueError(f"{path.name} is damaged: it holds no embeddings.")
    z, features = found["embeddings"].astype(np.float32), found.get("features")
    if z.ndim != 3 or 0 in z.shape:
        raise ValueError(
            f"{path.name} must hold embeddings (view, probe, dim), got shape {z.shape}."
        )
    if features is not None and (features.ndim != 2 or len(features) != z.shape[1]):
        raise ValueError(
            f"{path.name} must hold features of {z.shape[1]} probes, got shape {features.shape}."
        )
    return _of_unit_length(z), None if features is None else features.astype(np.float32)


def read_queue(folder: Path, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """The queue of one snapshot, newest first: entries `(n, dim)` float32 and of unit length,
    ages `(n,)` in updates, training images `(n,)`; None where the run has no queue."""
    path = snapshot_path(folder, step)
    found = read_npz(path, _QUEUE)
    if "queue" not in found:
        return None
    shapes = [found[name].shape if name in found else () for name in _QUEUE]
    n = shapes[0][:1]
    if len(shapes[0]) != 2 or n[0] > MOST_QUEUED or shapes[1] != n or shapes[2] != n:
        raise ValueError(
            f"{path.name} must hold a queue (n, dim) with an age and an image for each entry, got "
            f"shapes {', '.join(map(str, shapes))}."
        )
    z, ages, items = (found[name] for name in _QUEUE)
    return _of_unit_length(z.astype(np.float32)), ages, items


def _of_unit_length(z: np.ndarray) -> np.ndarray:
    return z / np.maximum(np.linalg.norm(z, axis=-1, keepdims=True), 1e-12)
