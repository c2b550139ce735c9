"""The initialisers of an ONNX file: its weights by name. The graph, which is a program, is not run.

A protobuf message is a row of fields: a key (number and type), then a number or a length and so
many bytes. ModelProto.graph is field 7, GraphProto.initializer 5; of a TensorProto dims are 1,
data_type 2, name 8, raw_data 9.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import Count, check, cut, damaged, n_items, named, shape_of
from cacr_core.checkpoints.parts import BYTES, Mapping, Stored

DTYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64",
    15: "complex128", 16: "bfloat16", 17: "float8_e4m3fn", 19: "float8_e5m2",
}  # fmt: skip
MODEL_GRAPH, GRAPH_INITIALIZER = 7, 5
DIMS, DATA_TYPE, NAME, RAW = 1, 2, 8, 9
MOST_FIELDS = 200_000
Field = tuple[int, int, int]  # number, where its content begins, its bytes; or the number itself


def looks_like(head: bytes) -> bool:
    """Whether these first bytes begin a ModelProto: ir_version, then producer_name."""
    return head[:1] == b"\x08" and 1 <= head[1] <= 20 and head[2:3] in (b"\x12", b"\x3a", b"\x42")


Places = dict[str, tuple[int, int]]


def read(file: BinaryIO, n_bytes: int) -> tuple[Mapping, Places, dict[str, str]]:
    """Tensors by name, places of their bytes, and those that were not read with why."""
    value, unread = Mapping(), {}
    places: dict[str, tuple[int, int]] = {}
    seen = Count(MOST_FIELDS, "parts of a graph")
    for number, start, size in fields(file, 0, n_bytes, seen):
        if number != MODEL_GRAPH:
            continue
        for inner, at, length in fields(file, start, start + size, seen):
            if inner != GRAPH_INITIALIZER:
                continue
            name, dtype, shape, raw = _tensor(file, at, length, seen)
            check(len(value.pairs) + 1, bounds.TENSORS, "tensors")
            if dtype is None or raw is None:
                unread[named(name)] = "an initialiser whose numbers are not in one piece here"
            elif raw[1] != n_items(shape) * BYTES[dtype]:
                raise damaged(f"the shape of {cut(name)!r} does not fit its bytes")
            else:
                key = str(len(places))
                places[key] = raw
                stored = Stored(key, dtype, 0, shape, strides(shape))
                value.pairs.append((named(name), stored))
    return value, places, unread


def _tensor(
    file: BinaryIO, start: int, size: int, seen: Count
) -> tuple[str, str | None, tuple[int, ...], tuple[int, int] | None]:
    dims: list[int] = []
    name, dtype, raw = "", None, None
    for number, at, length in fields(file, start, start + size, seen):
        if number == DIMS:
            dims += [at] if length < 0 else packed(file, at, length)
            if len(dims) > bounds.DIMS:
                raise damaged(f"{cut(name)!r} has no possible shape")
        elif number == DATA_TYPE:
            dtype = DTYPES.get(at)
        elif number == NAME:
            file.seek(at)
            name = file.read(min(length, bounds.NAME + 1)).decode("utf-8", "replace")
        elif number == RAW:
            raw = (at, length)
    shape = shape_of(dims, name)
    return name, dtype, shape, (raw or ((start, 0) if 0 in shape else None))


def fields(file: BinaryIO, start: int, end: int, seen: Count) -> Iterator[Field]:
    """Fields of a message: (number, place, bytes), or (number, value, -1) for a whole number.

    Args:
        seen: Fields of the whole file so far.
    """
    at = start
    while at < end:
        seen.add()
        key, at = varint(file, at, end)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(file, at, end)
            yield number, value, -1
        elif kind == 2:
            size, at = varint(file, at, end)
            if at + size > end:
                raise damaged("a part of it is longer than the whole")
            yield number, at, size
            at += size
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise damaged("a part of it is of no kind that ONNX has")


def varint(file: BinaryIO, at: int, end: int) -> tuple[int, int]:
    file.seek(at)
    raw = file.read(min(10, max(0, end - at)))
    value = 0
    for i, byte in enumerate(raw):
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, at + i + 1
    raise damaged("it ends inside a number")


def packed(file: BinaryIO, at: int, length: int) -> list[int]:
    check(length, 10 * bounds.DIMS, "bytes of a shape")
    found, end = [], at + length
    while at < end:
        value, at = varint(file, at, end)
        found.append(value)
    return found


def strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    steps = [1] * len(shape)
    for k in range(len(shape) - 2, -1, -1):
        steps[k] = steps[k + 1] * shape[k + 1]
    return tuple(steps)
