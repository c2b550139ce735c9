"""What the weights of a file look like, tensor by tensor, and what in them is broken.

Tensors are read a few at a time and counted in pieces, so that memory stays small for files of
any size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cacr_core.checkpoints.card import Card
from cacr_core.checkpoints.faults import UNUSED, Row, finding, norm_faults
from cacr_core.checkpoints.identify import Found, groups_of
from cacr_core.checkpoints.keys import find_roots, join

if TYPE_CHECKING:
    from torch import Tensor

    from cacr_core.checkpoints.opening import Opened

AT_ONCE = 32 << 20  # bytes of tensors that are read together
PIECE = 1 << 16  # numbers that are counted together: as float64 they fit a processor's cache
LARGEST = 1e150  # numbers beyond it count as infinite
SMALL = 1e-4
"""A channel whose largest weight is this small against the layer's largest is dead."""


class Histogram(NamedTuple):
    """Attributes: counts `(bin,)`, edges `(bin + 1,)`, n_left_out: numbers not finite."""

    counts: np.ndarray
    edges: np.ndarray
    n_left_out: int


def paths_of(opened: Opened, card: Card) -> dict[str, str]:
    """Architecture's name -> full name in the file, of the card's encoder and its head; every
    tensor under its own name where no encoder is known, optimizers' left out."""
    groups = groups_of(opened)
    root = next((root for root in find_roots(groups) if root.path == card.encoder), None)
    if card.encoder is None or root is None:
        return {name: name for name in opened.tensors if not name.startswith("optimizer")}
    out = {name: join(root.group, old) for name, old in Found(root, groups).names.items()}
    if card.head is not None:
        taken = set(out.values())
        paths = {key: join(card.head.group, key) for key in card.head.keys}
        out |= {key: path for key, path in paths.items() if path not in taken}
    return out


def layers(opened: Opened, card: Card) -> list[Row]:
    """A row for each tensor of the card's encoder and head, in the file's order."""
    return list(each_layer(opened, card))


def each_layer(opened: Opened, card: Card) -> Iterator[Row]:
    """The rows of `layers` as they are made, for showing progress."""
    paths = paths_of(opened, card)
    norms = _norms(opened, paths)
    means: dict[str, np.ndarray] = {}
    for name, tensor in tensors(opened, paths):
        path = paths[name]
        yield _row(name, path, opened.tensors[path].dtype, tensor, norms, means)


def findings(rows: list[Row]) -> list[str]:
    """What is broken, a sentence each; empty where nothing is. Batch norms that never saw an
    image are told in one."""
    unused = [row for row in rows if UNUSED in row.faults]
    if len(unused) < 2:
        return [row.finding for row in rows if row.finding]
    first = f"{len(unused)} batch norms, from {unused[0].name.rpartition('.')[0]} on: {UNUSED}."
    return [first, *(row.finding for row in rows if row.finding and row not in unused)]


def tensors(opened: Opened, paths: dict[str, str]) -> Iterator[tuple[str, Tensor]]:
    """Tensors by the name they are asked for, about `AT_ONCE` bytes in memory.

    A batch norm's mean comes before its variance, as files have it.
    """
    batch: dict[str, str] = {}
    n_bytes = 0
    for name, path in paths.items():
        size = opened.tensors[path].n_bytes
        if batch and n_bytes + size > AT_ONCE:
            yield from _loaded(opened, batch)
            batch, n_bytes = {}, 0
        batch[name] = path
        n_bytes += size
    yield from _loaded(opened, batch)


def histogram(tensor: Tensor, bins: int = 60) -> Histogram:
    """Counts of a tensor's finite numbers in bins of one width, from the least to the largest."""
    low, high, n = math.inf, -math.inf, 0
    for piece in _pieces(tensor):
        finite = _usual(piece)
        n += finite.size
        if finite.size:
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if n == 0:
        low, high = 0.0, 0.0
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-30):
        width = max(abs(low), 1.0) / 2
        low, high = low - width, high + width
    counts = np.zeros(bins, dtype=np.int64)
    for piece in _pieces(tensor):
        counts += np.histogram(_usual(piece), bins, (low, high))[0]
    return Histogram(counts, np.linspace(low, high, bins + 1), _real(tensor).numel() - n)


def _loaded(opened: Opened, batch: dict[str, str]) -> Iterator[tuple[str, Tensor]]:
    loaded = opened.load(batch.values())
    for name, path in batch.items():
        yield name, loaded[path]


def _real(tensor: Tensor) -> Tensor:
    """A tensor as real numbers: of complex ones both parts."""
    import torch

    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def _pieces(tensor: Tensor) -> Iterator[np.ndarray]:
    """A tensor's real numbers in order, float64 `(at most PIECE,)`."""
    flat = _real(tensor).reshape(-1)
    for i in range(0, flat.numel(), PIECE):
        yield flat[i : i + PIECE].double().numpy()


def _usual(piece: np.ndarray) -> np.ndarray:
    """Its numbers that are neither NaN nor so large that their squares would be infinite."""
    fits = np.abs(piece) < LARGEST
    return piece if fits.all() else piece[fits]


def _norms(opened: Opened, paths: dict[str, str]) -> set[str]:
    """Layers that scale each channel: weight and bias or statistics of one length, no matrix."""
    names = {name.rpartition(".")[0] for name in paths if name.endswith(".weight")}
    return {n for n in names if len(opened.tensors[paths[f"{n}.weight"]].shape) == 1}


def _row(
    name: str,
    path: str,
    dtype: str,
    tensor: Tensor,
    norms: set[str],
    means: dict[str, np.ndarray],
) -> Row:
    n, n_finite, mean, absolute, squares, spread = _real(tensor).numel(), 0, 0.0, 0.0, 0.0, 0.0
    for piece in _pieces(tensor):
        finite = _usual(piece)
        if not finite.size:
            continue
        # sums of squares about the mean of all so far (Chan et al. 1979)
        away = float(finite.mean()) - mean
        both = n_finite + finite.size
        spread += float(((finite - finite.mean()) ** 2).sum())
        spread += away**2 * n_finite * finite.size / both
        mean += away * finite.size / both
        n_finite = both
        absolute += float(np.abs(finite).sum())
        squares += float(
            np.einsum("i,i", finite, finite)
        )  # BLAS would share so little out to threads
    layer, _, part = name.rpartition(".")
    dead = constant = channels = 0
    faults: list[str] = []
    if part == "weight" and layer in norms:
        channels = tensor.numel()
        dead, _ = _dead(tensor.reshape(-1, 1))
    elif part == "weight" and tensor.ndim >= 2:
        channels = len(tensor)
        dead, constant = _dead(tensor)
    elif part == "running_mean":
        channels, means[layer] = n, _real(tensor).double().reshape(-1).numpy()
    elif part == "running_var":
        channels = n
        faults = norm_faults(_real(tensor).double().reshape(-1).numpy(), means.pop(layer, None))
    row = Row(
        name=name,
        path=path,
        shape=tuple(tensor.shape),
        dtype=dtype,
        count=n,
        norm=math.sqrt(squares),
        mean_absolute=absolute / n_finite if n_finite else 0.0,
        std=math.sqrt(spread / n_finite) if n_finite else 0.0,
        n_channels=channels,
        n_dead=dead,
        n_constant=constant,
        n_not_finite=n - n_finite,
        faults=tuple(faults),
    )
    return Row(**{**vars(row), "finding": finding(row, layer, layer in norms)})


def _dead(tensor: Tensor) -> tuple[int, int]:
    """Channels of a weight that are next to 0 against the largest, and that are one number; of
    complex numbers their sizes count, and none is looked at for being one."""
    if not tensor.numel():
        return 0, 0
    width = tensor[:1].numel()
    flat = tensor.reshape(len(tensor), -1)
    largest, spread = np.zeros(len(tensor)), np.zeros(len(tensor))
    step = max(1, PIECE // width)
    for i in range(0, len(tensor), step):
        rows = flat[i : i + step]
        rows = _real(rows).double().norm(dim=-1) if rows.is_complex() else rows
        is_numpys = rows.dtype.is_floating_point and rows.dtype.itemsize >= 4
        numbers: np.ndarray = (rows if is_numpys else rows.double()).numpy()
        high, low = numbers.max(1).astype(float), numbers.min(1).astype(float)
        largest[i : i + step] = np.maximum(np.abs(high), np.abs(low))
        spread[i : i + step] = high - low
    finite = np.isfinite(largest)
    top = largest[finite].max(initial=0.0)
    dead = finite & ((largest <= SMALL * top) | (largest == 0))
    is_one = width > 1 and not tensor.is_complex()
    constant = finite & ~dead & (spread == 0) if is_one else np.zeros_like(dead)
    return int(dead.sum()), int(constant.sum())
