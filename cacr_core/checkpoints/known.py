"""The names a checkpoint's pickle may hold, and our own functions that stand for them.

The list is what torch.load(weights_only=True) takes for plain tensors, argparse.Namespace, and
numpy's scalars. None of the things named is ever touched. Whatever else a file names, or makes of
something that these functions do not take, is not read; what stands beside it is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cacr_core.checkpoints.bounds import damaged, shape_of
from cacr_core.checkpoints.parts import BYTES, STORAGES, Mapping, Named, Stored, tensor


class Strange(Exception):
    """Something known is made of what our function for it does not take."""


CREATES = {"collections.OrderedDict": False, "collections.Counter": False} | {
    "argparse.Namespace": True
}
"""Classes made empty and filled later, with whether they are filled by attributes."""


@dataclass(eq=False, slots=True)
class Number:
    """A numpy dtype: its code, such as 'f8', and its byte order."""

    code: str
    order: str = "<"

    def build(self, state: Any) -> None:
        """Take the byte order; of a type with fields and the like nothing can be read."""
        if (
            type(state) is not tuple
            or not 8 <= len(state) <= 9
            or state[1] not in ("<", ">", "|", "=")
            or any(n is not None for n in state[2:5])
            or any(type(n) is not int or not -1 <= n <= 64 for n in (state[0], *state[5:8]))
            or any(n is not None for n in state[8:])
        ):
            self.code = ""
            return
        self.order = "<" if state[1] == "=" else state[1]


NUMPY = {
    "f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q",
    "u1": "B", "u2": "H", "u4": "I", "u8": "Q", "b1": "?",
}  # fmt: skip


def dtype(code: Any, align: Any = False, copy: Any = True) -> Number:
    if type(code) is not str or code not in NUMPY:  # a row of rows would be hashed without end
        raise Strange
    if any(type(flag) not in (bool, int) for flag in (align, copy)):
        raise Strange
    return Number(code)


def scalar(kind: Any, raw: Any) -> float | int | bool:
    """numpy's scalar of a plain type, as Python's."""
    if type(kind) is not Number or type(raw) is not bytes or kind.code not in NUMPY:
        raise Strange
    return struct.unpack((">" if kind.order == ">" else "<") + NUMPY[kind.code], raw)[0]


def ordered(items: Any = ()) -> Mapping:
    """OrderedDict() or Counter(dict), or Python 2's OrderedDict([[key, value], ...])."""
    if type(items) is Mapping:
        return Mapping(list(items.pairs))
    if any(type(pair) not in (list, tuple) or len(pair) != 2 or type(pair[0]) is not str
           for pair in items):  # fmt: skip
        raise Strange
    return Mapping([(key, value) for key, value in items])


def tensor_of_type(storage: Any, offset: Any, size: Any, stride: Any, *rest: Any) -> Stored:
    """_rebuild_tensor_v3: (storage, offset, size, stride, grad, hooks, dtype[, metadata])."""
    if len(rest) < 3 or type(rest[2]) is not Named:
        raise damaged("a tensor has no type")
    name = rest[2].name.removeprefix("torch.")
    if name not in BYTES:
        raise Strange
    return tensor(storage, offset, size, stride, *rest[:2], *rest[3:], dtype=name)


def parameter(data: Any, *_: Any) -> Stored:
    if type(data) is not Stored:
        raise Strange
    return data


def with_attributes(function: Any, _: Any, arguments: Any, __: Any) -> Stored:
    """_rebuild_from_type_v2: a tensor of a class of its own or with attributes: as a plain one."""
    if type(function) is not Named or function.name not in MAKERS or type(arguments) is not tuple:
        raise Strange
    return MAKERS[function.name](*arguments)


def encode(text: Any, encoding: Any) -> bytes:
    """How protocol 2 keeps bytes."""
    if encoding not in ("latin1", "latin-1") or type(text) is not str:
        raise Strange
    return text.encode("latin1")


def size(items: Any = ()) -> tuple[int, ...]:
    return shape_of(items, "a size")


def device(*arguments: Any) -> str:
    """torch.device("cuda", 0), kept as its text; tensors come to the CPU in any case."""
    if len(arguments) > 2 or any(type(part) not in (str, int) for part in arguments):
        raise Strange
    return ":".join(str(part) for part in arguments)


def items(values: Any = ()) -> tuple[Any, ...]:
    """A set; kept as a tuple, so that nothing is hashed."""
    if type(values) not in (list, tuple) or any(
        type(value) is not str and not (type(value) is int and abs(value) < 2**32)
        for value in values
    ):
        raise Strange
    return tuple(values)


def raw_bytes(raw: Any = b"") -> bytes:
    if type(raw) is not bytes:  # bytearray(n) would take n bytes of memory
        raise Strange
    return raw


def complex_number(real: float, imaginary: float) -> str:
    return str(complex(real, imaginary))


TENSORS: dict[str, Callable[..., Stored]] = {
    "torch._utils._rebuild_tensor": tensor,
    "torch._utils._rebuild_tensor_v2": tensor,
}
MAKERS: dict[str, Callable[..., Stored]] = TENSORS | {
    "torch._utils._rebuild_tensor_v3": tensor_of_type,
    "torch._utils._rebuild_parameter": parameter,
}
CALLS: dict[str, Callable[..., Any]] = TENSORS | {
    "torch._utils._rebuild_tensor_v3": tensor_of_type,
    "torch._utils._rebuild_parameter": parameter,
    "torch._utils._rebuild_parameter_with_state": parameter,
    "torch._tensor._rebuild_from_type_v2": with_attributes,
    "collections.OrderedDict": ordered,
    "collections.Counter": ordered,
    "torch.Size": size,
    "torch.device": device,
    "_codecs.encode": encode,
    "builtins.set": items,
    "builtins.bytearray": raw_bytes,
    "builtins.complex": complex_number,
    "numpy.dtype": dtype,
    "numpy.core.multiarray.scalar": scalar,
    "numpy._core.multiarray.scalar": scalar,
}
TYPES = {"torch.Tensor", "torch._tensor.Tensor", "torch.nn.parameter.Parameter"}
NAMES = (
    {*CALLS, *CREATES, *TYPES}
    | {f"torch.{name}" for name in (*STORAGES, *BYTES)}
    | {f"torch.cuda.{name}" for name in STORAGES}
    | {f"torch.storage.{name}" for name in ("UntypedStorage", "TypedStorage")}
)
