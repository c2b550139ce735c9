"""Files that are damaged or were written by halves: what reading them raises, and what is said."""

from __future__ import annotations

import struct
import tarfile
import tokenize
import zipfile
import zlib
from pathlib import Path

BREAKS = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    SyntaxError,  # of the header of an array, which is read as Python is
    tokenize.TokenError,
)

CLAIMS = (*BREAKS, MemoryError)  # where the head of a small file may claim more than there is


def unreadable(name: str, place: Path, error: BaseException) -> ValueError:
    """What is said of a dataset whose files are there and cannot be read."""
    why = str(error).partition(" You can use download=True")[0].rstrip(".")
    return ValueError(
        f"The files of {name} in {place} cannot be read ({why}). Remove them and download again."
    )
