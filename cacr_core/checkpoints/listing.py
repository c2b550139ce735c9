"""A plain file of weights and the list of its contents: what opening and reading it share."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from cacr_core.checkpoints import bounds, containers
from cacr_core.checkpoints.bounds import Refused, check, damaged
from cacr_core.checkpoints.parts import Shape, Stored

BREAKS = (
    ValueError, TypeError, IndexError, KeyError, AttributeError, EOFError, OverflowError,
    RecursionError, struct.error,
)  # fmt: skip
"""What reading a damaged file may raise."""


@dataclass(frozen=True)
class Listing:
    """What is known of a file before its tensors are read, and all that reading them takes.

    container: "safetensors", "torch zip" or "torch legacy".
    tensors: by full dotted name, over nested dicts, attributes and lists (by number).
    groups: mappings of text to tensors by their own path ("state_dict", "" for a bare one), the
        largest first; optimizers' states by number are left out.
    facts: what is no tensor, plain and cut to size: {"epoch": 200, "args.lr": 0.03}.
    unread: what was left out, by its path, and why; the rest of the file is read all the same.
    """

    path: Path
    container: str
    n_bytes: int
    tensors: dict[str, Shape]
    facts: dict[str, Any]
    groups: dict[str, dict[str, Shape]]
    unread: dict[str, str]
    written: int = field(repr=False)
    """When the file was last written, in ns, so that a change is seen."""
    stored: dict[str, Stored] = field(repr=False)
    places: containers.Places = field(repr=False)
    plain: bool = field(default=True, repr=False)
    """Whether torch's own safe reader takes the file, which is then asked too."""
    agreed: list[bool] = field(default_factory=list, repr=False, compare=False)
    """Holds True once torch was asked and found the same."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[BufferedReader, os.stat_result]]:
    """A plain file for reading: no folder, no device, no pipe that waits for a writer."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        number = os.open(path, flags)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such name is possible"
        raise unreadable(path, f"cannot be read ({reason.lower()})") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise unreadable(path, "is a folder or a device")
    with os.fdopen(number, "rb") as file:
        status = os.fstat(number)
        check(status.st_size, bounds.FILE, "bytes")
        yield file, status


def unreadable(path: Path, why: str) -> Refused:
    name = bounds.cut(path.name or str(path))
    return Refused(f"A file of weights was needed, and {name!r} {why}; choose another.", "path")


@contextmanager
def breaks_told() -> Iterator[None]:
    """Turns whatever a damaged file makes the readers raise into one sentence."""
    try:
        yield
    except Refused:
        raise
    except MemoryError:
        raise bounds.too_much("more than this machine's memory holds", bounds.FILE) from None
    except BREAKS:
        raise damaged("its list of contents breaks off or contradicts itself") from None
