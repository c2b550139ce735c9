"""Opens one file of weights: what is in it, before any tensor is read, and then the tensors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cacr_core.checkpoints import bounds, containers
from cacr_core.checkpoints.bounds import Refused
from cacr_core.checkpoints.contents import Contents, contents
from cacr_core.checkpoints.listing import Listing, breaks_told, opened
from cacr_core.checkpoints.parts import Named, Object

if TYPE_CHECKING:
    from torch import Tensor

READERS = {
    containers.SAFETENSORS: containers.read_safetensors,
    containers.ZIP: containers.read_zip,
    containers.LEGACY: containers.read_legacy,
    containers.ONNX: containers.read_onnx,
}


class Opened(Listing):
    """A file whose content is known and whose tensors are not yet read."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Of all files that it lies in."""
        return (self.path,)

    def load(self, names: Iterable[str] | None = None) -> dict[str, Tensor]:
        """The tensors of these full names, or all, on the CPU; only their bytes are read.

        Raises KeyError for a name that is not there, Refused where the file has changed or
        torch's own safe reader does not agree on what is in it.
        """
        from cacr_core.checkpoints.reading import read

        return read(self, list(self.tensors) if names is None else list(names))


def open_one(path: Path) -> Opened:
    """What is in one file."""
    with opened(path) as (file, status), breaks_told():
        container = containers.recognised(file.read(512), status.st_size)
        file.seek(0)
        held = READERS[container](file, status.st_size)
        found: Contents = contents(held.value)
        if (
            found.unread
            and not (found.tensors or found.facts)
            and type(held.value) in (Object, Named)
        ):
            raise nothing_in(held.value.name)
    return Opened(
        path, container, status.st_size, found.tensors, found.facts, found.groups,
        found.unread | held.unread, status.st_mtime_ns, found.stored, held.places,
        held.plain and not found.unread,
    )  # fmt: skip


def nothing_in(name: str) -> Refused:
    """For a file that is one object and holds no tensor."""
    return Refused(
        f"A file of weights was needed, and this one holds only {bounds.cut(name, 120)}, of which "
        "nothing can be read without its code, and code in files is never run here; save the "
        "weights of it with torch.save.",
        "foreign",
        name,
    )
