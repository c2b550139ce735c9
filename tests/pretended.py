"""A device that is only pretended, for machines that have none: its tensors keep their values on
the CPU, refuse to meet the CPU's as a GPU's would, and it is noted where the host would wait.

torch lets one backend be written in Python, once for a process: import this where nothing else is
done (`tests/trained_there.py` is such a program).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only, tree_unflatten

NAME = "pretended"
HALF = (torch.bfloat16, torch.float16)
# operations whose answer, or its size, the host must have before it can go on
ASKING = {
    "nonzero", "masked_select", "_unique2", "unique_dim", "unique_consecutive", "bincount", "equal",
    "multinomial", "_linalg_eigh", "linalg_inv_ex", "linalg_lu_factor_ex", "_local_scalar_dense",
}  # fmt: skip
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"}
# what autocast lowers on every device, as far as the networks here use it
LOWERED = ("conv2d", "linear", "matmul", "mm", "addmm", "bmm", "baddbmm")


@dataclass
class Seen:
    """What was asked of the device.

    Attributes:
        waits: What the host would have waited for, and where in the code.
        doubles: Where float64 came to be there, which Macs have not.
        operations: Every operation, as "index_put_" or "add.Tensor".
    """

    waits: list[tuple[str, str]] = field(default_factory=list)
    doubles: set[str] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)

    def clear(self) -> None:
        self.waits.clear()
        self.doubles.clear()
        self.operations.clear()


SEEN = Seen()


class _Module(backend_registration._DummyBackendModule):
    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.float32, *HALF]


backend_registration._setup_privateuseone_for_python_backend(NAME, backend_module=_Module())
DEVICE = torch.device(NAME, 0)
AUTOCAST = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastPrivateUse1)
_LIBRARY = torch.library.Library("aten", "IMPL")


def _lowered(operation: Any) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        kind = torch.get_autocast_dtype(NAME)
        args, kwargs = tree_map_only(
            Tensor, lambda t: t.to(kind) if t.is_floating_point() else t, (args, kwargs)
        )
        with torch._C._ExcludeDispatchKeyGuard(AUTOCAST):
            return operation(*args, **kwargs)

    return run


_EVERY = torch.library.Library("_", "IMPL")
_EVERY.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")
for _name in LOWERED:
    _LIBRARY.impl(_name, _lowered(getattr(torch.ops.aten, _name).default), "AutocastPrivateUse1")


class There(Tensor):
    """A tensor on the pretended device; `values` has its numbers."""

    values: Tensor

    @staticmethod
    def __new__(cls, values: Tensor) -> There:
        layout = {"strides": values.stride(), "storage_offset": values.storage_offset()}
        return Tensor._make_wrapper_subclass(
            cls, values.size(), dtype=values.dtype, device=DEVICE, **layout
        )

    def __init__(self, values: Tensor) -> None:
        self.values = values

    __torch_function__ = torch._C._disabled_torch_function_impl

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        same: Tensor = There(self.detach().values.clone())
        if isinstance(self, nn.Parameter):
            same = nn.Parameter(same, self.requires_grad)
        memo[id(self)] = same
        return same

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return _run(func, args, kwargs or {})


class Pretended(TorchDispatchMode):
    """While it is on, tensors may be made and moved there."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if There in types or _is_there((kwargs or {}).get("device")):
            return _run(func, args, kwargs or {})
        return func(*args, **(kwargs or {}))


def _is_there(device: Any) -> bool:
    return device is not None and torch.device(device).type == NAME


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    flat, form = tree_flatten((args, kwargs))
    there = [t for t in flat if isinstance(t, There)]
    here = [t for t in flat if isinstance(t, Tensor) and not isinstance(t, There)]
    name = func.name().removeprefix("aten::")
    named = kwargs.get("device")
    goes_there = bool(there) if named is None else _is_there(named)
    SEEN.operations.add(name)
    _note_wait(name.partition(".")[0], args, kwargs, there, here, goes_there)
    if goes_there and kwargs.get("generator") is not None:
        raise RuntimeError(f"A generator of the CPU draws on a device in {name} at {_where()}.")
    own = {id(t.values): t for t in there}
    values = [t.values if isinstance(t, There) else t for t in flat]
    args, kwargs = tree_unflatten(values, form)
    if named is not None or name == "_to_copy":
        kwargs["device"] = torch.device("cpu")
    made = func(*args, **kwargs)
    if name.startswith("copy_"):
        return own.get(id(made), made)
    if isinstance(made, Tensor):
        return _wrapped(made, own) if goes_there else made
    return tree_map_only(Tensor, lambda t: _wrapped(t, own), made) if goes_there else made


def _wrapped(made: Tensor, own: dict[int, There]) -> There:
    """What was made, or the tensor that it was made in."""
    if made.dtype in (torch.float64, torch.complex128):
        SEEN.doubles.add(_where())
    known = own.get(id(made))
    return There(made) if known is None else known


def _note_wait(
    name: str,
    args: Any,
    kwargs: dict[str, Any],
    there: list[There],
    here: list[Tensor],
    goes_there: bool,
) -> None:
    """Note what the host would wait for; refuse tensors that are on two devices."""
    if name == "_to_copy":
        if bool(there) != goes_there and not (goes_there and kwargs.get("non_blocking")):
            SEEN.waits.append(("copy there" if goes_there else "copy here", _where()))
    elif name == "copy_":
        at_once = isinstance(args[0], There) and (
            args[2:3] == (True,) or kwargs.get("non_blocking")
        )
        if there and here and not at_once:
            SEEN.waits.append(("copy", _where()))
    elif name in ASKING and there:
        SEEN.waits.append((name, _where()))
    elif name in INDEXING and there:
        if any(i is not None and i.dtype in (torch.bool, torch.uint8) for i in args[1]):
            SEEN.waits.append(("index by a mask", _where()))
        elif any(i is not None and not isinstance(i, There) for i in args[1]):
            SEEN.waits.append(("index from the host", _where()))
    elif name == "repeat_interleave" and isinstance(args[-1], There):
        SEEN.waits.append((name, _where()))
    elif there and any(t.dim() for t in here):
        raise RuntimeError(f"Tensors of two devices meet in {name} at {_where()}.")


def _where() -> str:
    """The innermost line of the project that is running."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        _, found, path = frame.f_code.co_filename.rpartition("/cacr_core/")
        if found:
            return f"{path}:{frame.f_lineno}"
        frame = frame.f_back
    return "autograd"


def _moved(self: nn.Module, change: Callable[[Tensor], Tensor], recurse: bool = True) -> nn.Module:
    """`nn.Module._apply` as it is for devices that keep no numbers in a parameter's place."""
    for child in self.children():
        child._apply(change)
    for key, own in self._parameters.items():
        if own is not None:
            with torch.no_grad():
                new = change(own)
            if new is not own:
                self._parameters[key] = nn.Parameter(new.detach(), own.requires_grad)
    for key, buffer in self._buffers.items():
        if buffer is not None:
            self._buffers[key] = change(buffer)
    return self


nn.Module._apply = _moved  # type: ignore[method-assign]
