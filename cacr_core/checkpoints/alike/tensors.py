"""Two state dicts side by side: added, removed, changed and by how much, the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from cacr_core.checkpoints.parts import Shape

READ_AT_ONCE = 64 << 20  # bytes of tensors loaded together from each side
ITEMS_AT_ONCE = 1 << 20  # numbers compared together, in float64

Kind = Literal["added", "removed", "changed", "same"]


class Row(NamedTuple):
    """One name.

    Args:
        kind: "added" is in the second only, "removed" in the first only; "same" is equal in shape,
            type and every number.
        shape_a, shape_b: None where it is not there.
        dtype_a, dtype_b: As torch names them, "float32".
        relative: |a - b| / |a| in Euclidean norms; 0 where equal numbers have another type,
            infinite where a is all zeros, None where shapes differ or one is not there.
    """

    name: str
    kind: Kind
    shape_a: tuple[int, ...] | None
    shape_b: tuple[int, ...] | None
    dtype_a: str | None
    dtype_b: str | None
    relative: float | None


@dataclass(frozen=True, eq=False)
class Source:
    """Tensors that need not be in memory yet.

    Args:
        sizes: Name -> shape, type ("float32") and bytes.
        load: Some names -> their tensors.
    """

    sizes: Mapping[str, Shape]
    load: Callable[[list[str]], Mapping[str, Tensor]]


def difference(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> list[Row]:
    """Two state dicts in memory side by side: the first's names in order, then those added."""
    return list(differences(_in_memory(a), _in_memory(b)))


def differences(a: Source, b: Source) -> Iterator[Row]:
    """The same for tensors read as they are needed, about 64 MB (or one tensor) at a time from
    each side; `Source(opened.tensors, opened.load)` is a checkpoint's."""
    waiting: list[str] = []
    size = 0
    for name in (*a.sizes, *(name for name in b.sizes if name not in a.sizes)):
        both = name in a.sizes and name in b.sizes
        comparable = both and tuple(a.sizes[name].shape) == tuple(b.sizes[name].shape)
        n_bytes = max(a.sizes[name].n_bytes, b.sizes[name].n_bytes) if comparable else 0
        if waiting and size + n_bytes > READ_AT_ONCE:
            yield from _rows(a, b, waiting)
            waiting, size = [], 0
        waiting.append(name)
        size += n_bytes
    yield from _rows(a, b, waiting)


def _rows(a: Source, b: Source, names: list[str]) -> Iterator[Row]:
    plain = {name: _unread(a.sizes.get(name), b.sizes.get(name), name) for name in names}
    wanted = [name for name, row in plain.items() if row.shape_a == row.shape_b]
    ours, theirs = (source.load(wanted) if wanted else {} for source in (a, b))
    for name, row in plain.items():
        if row.shape_a != row.shape_b:
            yield row
            continue
        relative, equal = _distance(ours[name], theirs[name])
        same = equal and row.dtype_a == row.dtype_b
        yield row._replace(kind="same" if same else "changed", relative=relative)


def _unread(a: Shape | None, b: Shape | None, name: str) -> Row:
    kind: Kind = "added" if a is None else "removed" if b is None else "changed"
    shape_a, shape_b = (None if one is None else tuple(one.shape) for one in (a, b))
    dtype_a, dtype_b = (None if one is None else one.dtype for one in (a, b))
    return Row(name, kind, shape_a, shape_b, dtype_a, dtype_b, None)


def _distance(a: Tensor, b: Tensor) -> tuple[float, bool]:
    """|a - b| / |a|, and whether all numbers are equal, NaN being equal to NaN."""
    apart, length, equal = 0.0, 0.0, True
    for x, y in zip(_parts(a), _parts(b), strict=True):
        apart += float((x - y).abs().square().sum())
        length += float(x.abs().square().sum())
        equal = equal and bool(((x == y) | (x.isnan() & y.isnan())).all())
    if equal:
        return 0.0, True
    return (math.sqrt(apart / length) if length else math.inf), False


def _parts(x: Tensor) -> Iterator[Tensor]:
    wide = torch.complex128 if x.is_complex() else torch.float64
    for part in x.detach().cpu().reshape(-1).split(ITEMS_AT_ONCE):
        yield part.to(wide)


def _in_memory(tensors: Mapping[str, Tensor]) -> Source:
    return Source(
        {
            name: Shape(tuple(t.shape), str(t.dtype).removeprefix("torch."), t.nbytes)
            for name, t in tensors.items()
        },
        lambda names: {name: tensors[name] for name in names},
    )
