"""A model in several files: the parts that an index lists, as one opened file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Refused, check
from cacr_core.checkpoints.links import beside
from cacr_core.checkpoints.listing import unreadable
from cacr_core.checkpoints.one_file import Opened, open_one

if TYPE_CHECKING:
    from torch import Tensor

MOST_PARTS = 64
INDEX = 16 << 20  # bytes


@dataclass(frozen=True)
class Joined(Opened):
    """The parts together: their tensors by name, each read from its own file."""

    parts: tuple[Opened, ...] = field(default=(), repr=False)

    @property
    def paths(self) -> tuple[Path, ...]:
        return (self.path, *(part.path for part in self.parts))

    def load(self, names: Iterable[str] | None = None) -> dict[str, Tensor]:
        wanted = list(self.tensors) if names is None else list(names)
        if unknown := [name for name in wanted if name not in self.tensors]:
            raise KeyError(f"{bounds.cut(unknown[0])!r} is no tensor of {self.path.name!r}")
        found: dict[str, Tensor] = {}
        for part in self.parts:
            if own := [name for name in wanted if name in part.tensors]:
                found |= part.load(own)
        return {name: found[name] for name in wanted}


def open_index(path: Path) -> Joined:
    """All parts that an index lists, which lie beside it. Raises Refused."""
    try:
        status = path.stat()
        check(status.st_size, INDEX, "bytes of index")
        index = json.loads(path.read_text("utf-8"))
    except (OSError, RecursionError) as error:
        raise unreadable(path, f"cannot be read ({error})") from None
    except ValueError:
        raise bounds.other("a JSON file that is no index of parts") from None
    listed = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(listed, dict) or not listed:
        raise bounds.other("a JSON file that is no index of parts")
    names = sorted({str(one) for one in listed.values()})
    check(len(names), MOST_PARTS, "parts")
    parts = tuple(_parts(path, names))
    return join(path, parts, status.st_mtime_ns)


def _parts(index: Path, names: list[str]) -> Iterator[Opened]:
    for name in names:
        if Path(name).name != name:
            raise Refused(
                f"This index names the part {bounds.cut(name)!r}, which is not beside it; "
                "put all parts into the folder of the index.",
                "path",
            )
        if (part := beside(index, name)) is None:
            raise Refused(
                f"This index lists {len(names)} parts, and {bounds.cut(name)!r} is not beside it; "
                "fetch it into the same folder.",
                "path",
            )
        yield open_one(part)


def join(path: Path, parts: tuple[Opened, ...], written: int) -> Joined:
    """Files as one, under the path of their index; groups of one name are one group."""
    tensors: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    unread: dict[str, str] = {}
    for part in parts:
        tensors |= part.tensors
        facts |= part.facts
        unread |= part.unread
        for group, names in part.groups.items():
            groups.setdefault(group, {}).update(names)
    check(len(tensors), bounds.TENSORS, "tensors")
    return Joined(
        path=path,
        container=f"{parts[0].container} in {len(parts)} parts",
        n_bytes=sum(part.n_bytes for part in parts),
        tensors=tensors,
        facts=facts,
        groups=groups,
        unread=unread,
        written=max(written, *(part.written for part in parts)),
        stored={},
        places={},
        parts=parts,
    )
