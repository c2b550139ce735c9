"""A folder of torch.distributed.checkpoint (DCP), opened as one file.

Its `.metadata` is a pickle of records: every tensor's type and shape, the pieces it lies in, and
where each piece stands in which shard. It is read as all pickles are here, by calling nothing. A
piece is a file of torch.save inside a shard; it is read when its tensor is asked for.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cacr_core.checkpoints import bounds, pickles
from cacr_core.checkpoints.bounds import Count, Refused, check, cut, damaged, n_items, shape_of
from cacr_core.checkpoints.containers import read_zip
from cacr_core.checkpoints.contents import PLAIN, contents
from cacr_core.checkpoints.folders import METADATA, distributed
from cacr_core.checkpoints.links import beside
from cacr_core.checkpoints.listing import breaks_told
from cacr_core.checkpoints.listing import opened as plain_file
from cacr_core.checkpoints.objects import attributes
from cacr_core.checkpoints.one_file import Opened
from cacr_core.checkpoints.onnx import strides
from cacr_core.checkpoints.parts import BYTES, Mapping, Object, Stored

if TYPE_CHECKING:
    from torch import Tensor

STEPS = 3 * bounds.OPCODES  # of `.metadata`, some 60 for each piece: six seconds
BESIDE = 64 << 10  # bytes that torch.save adds to a tensor's own
SMALL = 1 << 16  # bytes of an object that is no tensor
MOST_SHARDS = 4096


class Piece(NamedTuple):
    """A box of a tensor, and where it is stored."""

    begin: tuple[int, ...]
    shape: tuple[int, ...]
    shard: str
    shard_bytes: int
    offset: int
    n_bytes: int


@dataclass(frozen=True)
class Distributed(Opened):
    """The folder; its tensors are put together from their pieces."""

    pieces: dict[str, tuple[Piece, ...]] = field(default_factory=dict, repr=False)

    @property
    def paths(self) -> tuple[Path, ...]:
        shards = {piece.shard for pieces in self.pieces.values() for piece in pieces}
        return tuple(self.path / name for name in (METADATA, *sorted(shards)))

    def load(self, names: Iterable[str] | None = None) -> dict[str, Tensor]:
        wanted = list(self.tensors) if names is None else list(names)
        if unknown := [name for name in wanted if name not in self.tensors]:
            raise KeyError(f"{cut(unknown[0])!r} is no tensor of {self.path.name!r}")
        return {name: self._together(name) for name in wanted}

    def _together(self, name: str) -> Tensor:
        import torch

        seen = self.tensors[name]
        dtype, pieces = getattr(torch, seen.dtype), self.pieces[self.stored[name].key]
        whole = torch.zeros(seen.shape, dtype=dtype)
        is_there = torch.zeros(seen.shape, dtype=torch.bool)
        for piece in pieces:
            part = _tensor(self.path, piece)
            if part.shape != piece.shape or part.dtype != dtype:
                raise damaged(f"a piece of {cut(name)!r} is not what is written of it")
            ends = zip(piece.begin, piece.shape, strict=True)
            box = tuple(slice(begin, begin + size) for begin, size in ends)
            whole[box] = part
            is_there[box] = True
        if not is_there.all():
            raise damaged(f"pieces of {cut(name)!r} are missing")
        return whole


def open_distributed(path: Path) -> Distributed:
    """What is in the folder, named by itself or by a file of it. Raises Refused."""
    folder = path if path.is_dir() else path.parent
    if beside(folder, METADATA) is None:
        raise distributed(path, f"whose {METADATA} is not beside it")
    with plain_file(folder / METADATA) as (file, status), breaks_told():
        check(status.st_size, bounds.PICKLE, "bytes of pickle")
        met = bounds.Count(STEPS, "values")
        own = attributes(pickles.loads(io.BytesIO(file.read()), STEPS).value, met) or {}
        places = dict(_places(folder, own.get("storage_data"), met))
        ways = dict(_pairs(own["planner_data"])) if own.get("planner_data") else {}
        tree: dict[Any, Any] = {}
        pieces: dict[str, tuple[Piece, ...]] = {}
        unread = {}
        for name, entry in _pairs(own.get("state_dict_metadata")):
            if (known := _tensor_of(name, entry, places, met)) is not None:
                value, pieces[name] = known
            elif (value := _small(folder, places.get(_key(name, None)))) is None:
                unread[cut(name)] = "an object saved beside the tensors"
                continue
            _put(tree, _way(ways.get(name), name), value)
        _check_apart(pieces)
        found = contents(_mapping(tree))
    sizes = {one.shard: one.shard_bytes for of_one in pieces.values() for one in of_one}
    return Distributed(
        folder, f"torch distributed, {len(sizes)} shards", sum(sizes.values()), found.tensors,
        found.facts, found.groups, found.unread | unread, status.st_mtime_ns, found.stored, {},
        False, pieces=pieces,
    )  # fmt: skip


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if type(value) is not Mapping:
        raise damaged(f"its {METADATA} lists no tensors")
    return [(key, one) for key, one in value.pairs if type(key) is str]


def _key(name: str, begin: tuple[int, ...] | None) -> str:
    """Of a piece, as a text: of numbers an author could choose such that they collide."""
    return f"{name} {begin}"


def _places(folder: Path, value: Any, met: Count) -> Iterator[tuple[str, Piece]]:
    """Where each piece of a tensor, or an object, is stored; boxes are not known yet."""
    sizes: dict[str, int] = {}
    for key, info in value.pairs if type(value) is Mapping else ():
        index, place = (
            attributes(one, met) if type(one) is Object else None for one in (key, info)
        )
        if index is None or place is None or type(index.get("fqn")) is not str:
            raise damaged(f"its {METADATA} has a place of nothing")
        if place.get("transform_descriptors"):
            raise distributed(folder, "whose pieces are stored changed, such as compressed")
        shard, offset, n_bytes = place["relative_path"], place["offset"], place["length"]
        if type(shard) is not str or not shard or Path(shard).name != shard or "\\" in shard:
            raise damaged(f"its {METADATA} names the shard {cut(str(shard), 60)!r}")
        if shard not in sizes:
            check(len(sizes), MOST_SHARDS, "shards")
            sizes[shard] = _size_of(folder, shard)
        shape_of((offset, n_bytes), "a place")
        if offset + n_bytes > sizes[shard]:
            raise damaged(f"the shard {cut(shard)!r} ends before its pieces")
        begin = index.get("offset")
        begin = None if begin is None else shape_of(begin, "an offset")
        yield _key(index["fqn"], begin), Piece((), (), shard, sizes[shard], offset, n_bytes)


def _tensor_of(
    name: str, entry: Any, places: dict[str, Piece], met: Count
) -> tuple[Stored, tuple[Piece, ...]] | None:
    """What a tensor is and the pieces that it lies in; None where the entry is of no tensor."""
    own = attributes(entry, met) if type(entry) is Object else None
    if own is None or "size" not in own:
        return None
    kinds = own["properties"].state
    dtype = kinds[0].name.removeprefix("torch.")
    if dtype not in BYTES:
        raise damaged(f"{cut(name)!r} has no known type")
    shape, pieces = shape_of(own["size"], name), []
    for chunk in own["chunks"]:
        box = attributes(chunk, met) or {}
        begin, size = (shape_of(box[key], name) for key in ("offsets", "sizes"))
        place = places.get(_key(name, begin))
        if place is None or len(begin) != len(size) or len(size) != len(shape):
            raise damaged(f"a piece of {cut(name)!r} is nowhere")
        if any(b + s > n for b, s, n in zip(begin, size, shape, strict=True)):
            raise damaged(f"a piece of {cut(name)!r} reaches beyond it")
        if not 0 <= place.n_bytes - n_items(size) * BYTES[dtype] <= BESIDE:
            raise damaged(f"a piece of {cut(name)!r} has not the size of its shape")
        pieces.append(place._replace(begin=begin, shape=size))
    if sum(n_items(piece.shape) for piece in pieces) < n_items(shape):
        raise damaged(f"pieces of {cut(name)!r} are missing")
    return Stored(name, dtype, 0, shape, strides(shape)), tuple(pieces)


def _check_apart(pieces: dict[str, tuple[Piece, ...]]) -> None:
    """No bytes stand for two tensors: a small folder would fill the memory."""
    end: tuple[str, int] = ("", 0)
    every = (piece for of_one in pieces.values() for piece in of_one)
    for piece in sorted(every, key=lambda one: (one.shard, one.offset)):
        if (piece.shard, piece.offset) < end:
            raise damaged(f"two pieces in {cut(piece.shard)!r} have the same place")
        end = (piece.shard, piece.offset + piece.n_bytes)


def _way(planned: Any, name: str) -> tuple[Any, ...]:
    """The keys that lead to a value in what was saved; its whole name where none are kept."""
    is_way = type(planned) is tuple and planned and len(planned) <= bounds.DEPTH
    if is_way and all(type(k) is str or (type(k) is int and abs(k) < 2**32) for k in planned):
        return planned
    return (name,)


def _put(tree: dict[Any, Any], way: tuple[Any, ...], value: Any) -> None:
    for key in way[:-1]:
        tree = tree.setdefault(key, {})
        if type(tree) is not dict:
            raise damaged(f"{cut(str(key))!r} is a tensor and holds others")
    if way[-1] in tree:
        raise damaged(f"{cut(str(way[-1]))!r} stands twice in it")
    tree[way[-1]] = value


def _mapping(tree: dict[Any, Any]) -> Mapping:
    return Mapping(
        [(key, _mapping(one) if type(one) is dict else one) for key, one in tree.items()]
    )


def _small(folder: Path, place: Piece | None) -> Any:
    """What was saved beside the tensors, where it is plain; None where it is not."""
    if place is None or place.n_bytes > SMALL:
        return None
    raw = _bytes(folder, place)
    try:
        value = read_zip(io.BytesIO(raw), len(raw)).value
    except Refused as refused:
        if refused.kind == "foreign":
            raise
        return None
    return value if type(value) in PLAIN and value is not None else None


def _tensor(folder: Path, piece: Piece) -> Tensor:
    from cacr_core.checkpoints.reading import in_storages

    with breaks_told():
        raw = _bytes(folder, piece)
        file = io.BytesIO(raw)
        held = read_zip(file, len(raw))
        if type(held.value) is not Stored:
            raise damaged(f"a piece in {cut(piece.shard)!r} is no tensor")
        return in_storages(file, held.places, held.value, {})


def _bytes(folder: Path, piece: Piece) -> bytes:
    with plain_file(_shard(folder, piece.shard)) as (file, _):
        file.seek(piece.offset)
        raw = file.read(piece.n_bytes)
    if len(raw) != piece.n_bytes:
        raise damaged(f"the shard {cut(piece.shard)!r} ends before its pieces")
    return raw


def _size_of(folder: Path, shard: str) -> int:
    return _shard(folder, shard).stat().st_size


def _shard(folder: Path, shard: str) -> Path:
    path = beside(folder, shard)
    if path is None:
        raise Refused(
            f"This distributed checkpoint lies in shards, and {cut(shard)!r} is not beside its "
            ".metadata; fetch it into the same folder.",
            "path",
        )
    return path
