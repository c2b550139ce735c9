"""The steps of torch that a function takes, recorded while it takes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._decomp import core_aten_decompositions
from torch.utils._python_dispatch import TorchDispatchMode

SAME = {f"aten.{name}.default" for name in ("alias", "clone", "detach", "lift_fresh")}
OF_ROWS = {"aten.max.dim": 1, "aten.sort.default": 1, "aten.topk.default": 2}  # where dim stands


class Step(NamedTuple):
    """One of them.

    Attributes:
        told: As JSON has it: `op`, `args` (`{"of": i}` is the result of step i), `named` arguments,
            and `shape` and `kind` of its result; a constant's `values`.
        is_plain: Whether rows are named by one list of numbers, and what is ordered is the last
            dimension, from the smallest.
    """

    told: dict[str, Any]
    is_plain: bool = True

    @property
    def needs(self) -> list[int]:
        """The steps whose results it takes."""
        lists = (one if isinstance(one, list) else [one] for one in self.told["args"])
        return [one["of"] for each in lists for one in each if isinstance(one, dict)]


class Changed(RuntimeError):
    """A step writes into a tensor, which has a new value in one place of the record only."""


class Recorder(TorchDispatchMode):
    """Within, each step of torch is recorded, those of autograd among them; the larger ones in the
    parts that torch takes them apart into.

    Args:
        given: Inputs by name. What else comes in is a constant.
    """

    def __init__(self, given: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self._at: dict[int, tuple[Tensor, int]] = {}  # holds them: an id is given again
        for name, value in given.items():
            self._record(Step({"op": "input", "args": [name]} | _form(value)), value)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func._schema.is_mutable:  # other names of the same numbers would keep the old ones
            raise Changed(f"{func}")
        with self:
            in_parts = _parts().get(func, func.decompose)(*args, **kwargs)
        if in_parts is not NotImplemented:
            return in_parts
        found = func(*args, **kwargs)
        if isinstance(found, Tensor):
            self._take(func, str(func), args, kwargs, found)
        elif isinstance(found, (list, tuple)):
            for place, one in enumerate(found):
                self._take(func, f"{func}[{place}]", args, kwargs, one)
        elif any(isinstance(one, Tensor) and id(one) in self._at for one in args):
            raise RuntimeError(f"{func} looks at the numbers of a tensor")
        return found

    def _take(self, func: Any, op: str, args: Any, kwargs: dict[str, Any], found: Tensor) -> None:
        if op in SAME:
            self._at[id(found)] = (found, self.place(args[0]))
            return
        told: dict[str, Any] = {"op": op, "args": [self._argument(one) for one in args]}
        if named := {k: _written(v) for k, v in kwargs.items() if _is_number(v)}:
            told["named"] = named
        self._record(Step(told | _form(found), _is_plain(str(func), args)), found)

    def _record(self, step: Step, found: Tensor) -> None:
        self._at[id(found)] = (found, len(self.steps))
        self.steps.append(step)

    def place(self, value: Tensor) -> int:
        """The step whose result it is."""
        if id(value) not in self._at:
            values = {"values": [_written(one) for one in value.flatten().tolist()]}
            self._record(Step({"op": "constant", "args": []} | _form(value) | values), value)
        return self._at[id(value)][1]

    def _argument(self, value: Any) -> Any:
        """As JSON has it: where a result stands, a list, or a number."""
        if isinstance(value, Tensor):
            return {"of": self.place(value)}
        if isinstance(value, (list, tuple)):
            return [self._argument(one) for one in value]
        return _written(value) if value is None or _is_number(value) else str(value)


@lru_cache(maxsize=1)
def _parts() -> dict[Any, Any]:
    """What torch takes its larger steps apart into."""
    return dict(core_aten_decompositions().items())


def _form(value: Tensor) -> dict[str, Any]:
    kind = "float" if value.is_floating_point() else "bool" if value.dtype == torch.bool else "int"
    return {"shape": list(value.shape), "kind": kind}


def _is_plain(name: str, args: Any) -> bool:
    if (place := OF_ROWS.get(name)) is not None:
        dim = args[place] if len(args) > place else -1
        return dim in (-1, args[0].dim() - 1) and (name != "aten.sort.default" or len(args) < 3)
    return name != "aten.index.Tensor" or (len(args[1]) == 1 and args[1][0] is not None)


def _written(value: Any) -> Any:
    """A number as JSON has it, which has neither infinities nor NaN."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, str))
