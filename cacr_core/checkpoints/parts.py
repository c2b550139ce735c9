"""What a pickle's steps build: mappings, storages, and tensors as places in storages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cacr_core.checkpoints import bounds
from cacr_core.checkpoints.bounds import cut, damaged, n_items, shape_of

BYTES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "float8_e4m3fn": 1,
    "float8_e5m2": 1, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint64": 8, "uint32": 4,
    "uint16": 2, "uint8": 1, "bool": 1, "complex64": 8, "complex128": 16, "complex32": 4,
    "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1, "float4_e2m1fn_x2": 1,
    "qint8": 1, "quint8": 1, "qint32": 4, "quint4x2": 1, "quint2x4": 1,
}  # fmt: skip
"""Bytes of one item, by torch's name of its type."""

STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8",
    "BoolStorage": "bool", "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128", "UntypedStorage": "uint8",
    "QInt8Storage": "qint8", "QUInt8Storage": "quint8", "QInt32Storage": "qint32",
    "QUInt4x2Storage": "quint4x2", "QUInt2x4Storage": "quint2x4",
}  # fmt: skip


class Shape(NamedTuple):
    """What is known of a tensor before it is read; dtype as torch names it, "float32"."""

    shape: tuple[int, ...]
    dtype: str
    n_bytes: int


@dataclass(eq=False, slots=True)
class Mapping:
    """A dict as pairs, so that no key is ever hashed; attributes: an argparse.Namespace."""

    pairs: list[tuple[Any, Any]] = field(default_factory=list)
    attributes: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Named:
    """A name: it stands for what it names and does nothing."""

    name: str


@dataclass(eq=False, slots=True)
class Object:
    """What stands for an object that is not made.

    name: Of its class, or of the function that would give it.
    arguments: What it was to be made of; state: what was to be set in it.
    pairs, items: What was to be put into it, as into a dict or a list.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    pairs: list[tuple[Any, Any]] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    state: Any = None


@dataclass(frozen=True, eq=False, slots=True)
class Storage:
    """Bytes by their key. A view (files before torch 0.4) begins `offset` items into them."""

    key: str
    dtype: str
    n_items: int
    offset: int
    root_bytes: int

    @classmethod
    def of(cls, saved: Any) -> Storage:
        """From a persistent id. Raises Refused."""
        if type(saved) is not tuple or len(saved) not in (5, 6) or text(saved[0]) != "storage":
            raise damaged("it refers to something that is no tensor's storage")
        named, key, items = saved[1], text(saved[2]), saved[4]
        name = named.name.rsplit(".", 1)[1] if type(named) is Named else ""
        if name not in STORAGES or type(items) is not int or not 0 <= items < 2**48:
            raise damaged("a storage has no known type or size")
        if len(key) > 64 or not key.isascii() or not key.replace("_", "").isalnum():
            raise damaged(f"a storage is called {cut(key, 40)!r}")
        view = saved[5] if len(saved) == 6 else None
        if view is None:
            return cls(key, STORAGES[name], items, 0, items * BYTES[STORAGES[name]])
        if type(view) is not tuple or len(view) != 3:
            raise damaged(f"storage {key} is a view of nothing")
        _, offset, size = view
        if any(type(n) is not int or n < 0 for n in (offset, size)) or offset + size > items:
            raise damaged(f"storage {key} is a view beyond its end")
        return cls(key, STORAGES[name], size, offset, items * BYTES[STORAGES[name]])


def text(value: Any) -> str:
    return value.decode("ascii") if type(value) is bytes else value if type(value) is str else ""


@dataclass(frozen=True, eq=False, slots=True)
class Stored:
    """A tensor: which items of which storage, in units of its own dtype."""

    key: str
    dtype: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def seen(self) -> Shape:
        return Shape(self.shape, self.dtype, n_items(self.shape) * BYTES[self.dtype])


def tensor(
    storage: Any, offset: Any, size: Any, stride: Any, *rest: Any, dtype: str | None = None
) -> Stored:
    """torch._utils._rebuild_tensor, as a place. Raises Refused where it reaches beyond."""
    if type(storage) is not Storage or type(size) is not tuple or type(stride) is not tuple:
        raise damaged("a tensor is made of something else than a storage")
    shape = shape_of(size, f"storage {storage.key}")
    steps = shape_of(stride, f"storage {storage.key}")
    width = BYTES[dtype or storage.dtype]
    n_bytes = storage.n_items * BYTES[storage.dtype]
    if len(steps) != len(shape) or type(offset) is not int or offset < 0 or len(rest) > 3:
        raise damaged(f"a tensor in storage {storage.key} has no possible shape")
    last = offset + sum((n - 1) * step for n, step in zip(shape, steps, strict=True))
    if 0 not in shape and (last + 1) * width > n_bytes:
        raise damaged(f"a tensor of shape {list(shape)} does not fit into storage {storage.key}")
    if n_items(shape) * width > max(n_bytes, bounds.EXPANDED):
        raise bounds.too_much(
            f"a tensor of shape {list(shape)} where {n_bytes:,} bytes are stored", bounds.EXPANDED
        )
    start = storage.offset * BYTES[storage.dtype]
    if start % width:
        raise damaged(f"a tensor in storage {storage.key} begins inside an item")
    return Stored(storage.key, dtype or storage.dtype, offset + start // width, shape, steps)
