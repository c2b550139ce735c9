"""Opens a file of weights: what is in it, before any tensor is read, and then the tensors.

opened = open_file(path)        names, shapes and plain facts; no torch, no tensor
opened.load(["conv1.weight"])   those tensors, on the CPU
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cacr_core.checkpoints import bounds, containers
from cacr_core.checkpoints.bounds import Refused, check, damaged
from cacr_core.checkpoints.contents import Contents, contents
from cacr_core.checkpoints.parts import Shape, Stored

if TYPE_CHECKING:
    from torch import Tensor

READERS = {
    containers.SAFETENSORS: containers.read_safetensors,
    containers.ZIP: containers.read_zip,
    containers.LEGACY: containers.read_legacy,
}
BREAKS = (
    ValueError, TypeError, IndexError, KeyError, AttributeError, EOFError, OverflowError,
    RecursionError, struct.error,
)  # fmt: skip
"""What reading a damaged file may raise."""


@dataclass(frozen=True)
class Opened:
    """A file whose content is known and whose tensors are not yet read.

    container: "safetensors", "torch zip" or "torch legacy".
    tensors: by full dotted name, over nested dicts, attributes and lists (by number).
    groups: mappings of text to tensors by their own path ("state_dict", "" for a bare one), the
        largest first; optimizers' states by number are left out.
    facts: what is no tensor, plain and cut to size: {"epoch": 200, "args.lr": 0.03}.
    """

    path: Path
    container: str
    n_bytes: int
    tensors: dict[str, Shape]
    facts: dict[str, Any]
    groups: dict[str, dict[str, Shape]]
    written: int = field(repr=False)
    """When the file was last written, in ns, so that a change is seen."""
    stored: dict[str, Stored] = field(repr=False)
    places: containers.Places = field(repr=False)

    def load(self, names: Iterable[str] | None = None) -> dict[str, Tensor]:
        """The tensors of these full names, or all, on the CPU; only their bytes are read.

        Raises KeyError for a name that is not there, Refused where the file has changed or
        torch's own safe reader does not agree on what is in it.
        """
        from cacr_core.checkpoints.reading import read

        return read(self, list(self.tensors) if names is None else list(names))


def open_file(path: str | Path) -> Opened:
    """What is in a file, told by its content and never by its name. Raises Refused."""
    path = Path(path)
    with opened(path) as (file, status), breaks_told():
        container = containers.recognised(file.read(512), status.st_size)
        file.seek(0)
        value, places = READERS[container](file, status.st_size)
        found: Contents = contents(value)
    return Opened(
        path, container, status.st_size, found.tensors, found.facts, found.groups,
        status.st_mtime_ns, found.stored, places,
    )  # fmt: skip


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


def inside(path: str | Path, folders: Sequence[str | Path]) -> Path:
    """The path with its links resolved, if that is in one of the folders. Raises Refused."""
    try:
        real = Path(path).resolve(strict=True)
        if any(real.is_relative_to(Path(folder).resolve()) for folder in folders):
            return real
    except (OSError, ValueError, RuntimeError):  # gone, no possible name, links in a ring
        pass
    listed = ", ".join(str(folder) for folder in folders) or "none"
    raise Refused(
        f"A file inside the named folders ({listed}) was needed, and "
        f"{bounds.cut(Path(path).name)!r} is not in them; move it there or name its folder.",
        "path",
    )
