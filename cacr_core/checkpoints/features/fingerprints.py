"""Which file this is: at once by size, time and its ends; surely by a hash of all of it, later."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

END = 1 << 20


def fingerprint(path: str | Path) -> str:
    """A text that changes when the file does: of its size, time of writing, first and last MB.

    Takes milliseconds whatever the size. A file altered only in its middle, with its size kept
    and its time set back, is not told apart: `full_hash` does that.
    """
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        found = hashlib.blake2b(f"{status.st_size} {status.st_mtime_ns} ".encode(), digest_size=16)
        found.update(file.read(END))
        if status.st_size > END:
            file.seek(max(END, status.st_size - END))
            found.update(file.read(END))
    return found.hexdigest()


def full_hash(path: str | Path) -> str:
    """SHA-256 of all bytes, as sha256sum gives it; a second or two for each gigabyte."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_in_background(path: str | Path) -> Future[str]:
    """`full_hash` by a thread that does one file at a time; asked again for the same file it is
    the same answer."""
    return _hashed(Path(path).resolve(), fingerprint(path))


@lru_cache(maxsize=256)
def _hashed(path: Path, _: str) -> Future[str]:
    return _background().submit(full_hash, path)


@lru_cache(maxsize=1)
def _background() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "hash of a checkpoint")
