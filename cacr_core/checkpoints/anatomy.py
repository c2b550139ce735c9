"""Inside a checkpoint: its tensors one by one, what is odd about them, and its first filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from cacr_core.checkpoints.opening import Opened

DEAD = 1e-8  # largest number of a channel that does nothing
VARIANCES = (1e-10, 1e6)  # of running statistics that a healthy network has
PARTS = 1 << 22  # numbers looked at together


class Layer(NamedTuple):
    """One tensor in numbers.

    Args:
        name: In the file.
        norm: Euclidean, of the finite numbers; NaN for whole numbers.
        mean, deviation: Of the finite numbers.
        n_channels: Rows of its first axis; 0 where it has one number or none.
        n_dead: Channels all of whose numbers are (next to) 0.
        n_constant: Channels of more than one number that are all equal, the dead ones left out.
        n_bad: NaNs and infinities.
        odd: What a person should know of it, a sentence, or empty.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    count: int
    norm: float
    mean: float
    deviation: float
    n_channels: int
    n_dead: int
    n_constant: int
    n_bad: int
    odd: str


def layers(opened: Opened, names: Sequence[str] | None = None) -> Iterator[Layer]:
    """The numbers of each tensor, read one at a time: memory for the largest of them.

    Args:
        names: Those wanted; None for all.
    """
    for name in opened.tensors if names is None else names:
        yield layer_of(name, opened)


def layer_of(name: str, opened: Opened) -> Layer:
    """The numbers of one tensor."""
    known = opened.tensors[name]
    values = opened.load([name])[name]
    count = values.numel()
    if not values.is_floating_point() or count == 0:
        nothing = float("nan")
        shape = tuple(known.shape)
        return Layer(name, shape, known.dtype, count, nothing, nothing, nothing, 0, 0, 0, 0, "")
    flat = values.flatten()
    sums = np.zeros(3)
    n_bad = 0
    for part in flat.split(PARTS):
        x = part.double().numpy()
        fine = np.isfinite(x)
        n_bad += int((~fine).sum())
        x = x[fine]
        sums += [len(x), x.sum(), (x * x).sum()]
    n_fine = max(1.0, sums[0])
    mean = sums[1] / n_fine
    deviation = float(np.sqrt(max(0.0, sums[2] / n_fine - mean**2)))
    n_channels = n_dead = n_constant = 0
    if values.dim() > 0 and count > 1:
        rows = values.reshape(len(values), -1)
        n_channels = len(rows)
        highest, lowest = rows.amax(1).float(), rows.amin(1).float()
        dead = (highest.abs() <= DEAD) & (lowest.abs() <= DEAD)
        n_dead = int(dead.sum())
        if rows.shape[1] > 1:
            n_constant = int(((highest == lowest) & ~dead).sum())
    return Layer(
        name, tuple(known.shape), known.dtype, count, float(np.sqrt(sums[2])), float(mean),
        deviation, n_channels, n_dead, n_constant, n_bad,
        _odd(name, values, n_channels, n_dead, n_constant, n_bad),
    )  # fmt: skip


def histogram(opened: Opened, name: str, n_bins: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Counts `(n_bins,)` and edges `(n_bins + 1,)` of a tensor's finite numbers."""
    x = opened.load([name])[name].double().flatten().numpy()
    return np.histogram(x[np.isfinite(x)], bins=n_bins)


def first_filters(opened: Opened, prefix: str = "") -> tuple[str, np.ndarray] | None:
    """The first layer that sees pixels, as images.

    Args:
        prefix: What the names of the encoder begin with.

    Returns:
        Its name and `(n, height, width, 3)` uint8, each filter from its least to its greatest
        number; None where no tensor has the form of such a layer.
    """
    for name, known in opened.tensors.items():
        shape = known.shape
        seen = len(shape) == 4 and shape[1] in (1, 3) and 2 <= shape[2] == shape[3] <= 32
        if not seen or not name.startswith(prefix) or not name.endswith("weight"):
            continue
        x = opened.load([name])[name].float().numpy()
        x = np.nan_to_num(x.transpose(0, 2, 3, 1), posinf=0, neginf=0)
        low = x.min(axis=(1, 2, 3), keepdims=True)
        span = np.maximum(x.max(axis=(1, 2, 3), keepdims=True) - low, 1e-12)
        images = (255 * (x - low) / span).round().astype(np.uint8)
        return name, np.repeat(images, 3 // images.shape[3], axis=3)
    return None


def sheet(images: np.ndarray, enlarge: int = 6, columns: int = 16) -> np.ndarray:
    """Small images `(n, h, w, 3)` on one white sheet, each pixel `enlarge` wide."""
    n, height, width, _ = images.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    big = images.repeat(enlarge, axis=1).repeat(enlarge, axis=2)
    tall, wide = height * enlarge + 4, width * enlarge + 4
    found = np.full((rows * tall, columns * wide, 3), 255, np.uint8)
    for i, image in enumerate(big):
        y, x = (i // columns) * tall, (i % columns) * wide
        found[y : y + tall - 4, x : x + wide - 4] = image
    return found


def _odd(
    name: str, values: object, n_channels: int, n_dead: int, n_constant: int, n_bad: int
) -> str:
    told = []
    if n_bad:
        told.append(f"{n_bad:,} numbers are not finite")
    if name.endswith("running_var"):
        low, high = VARIANCES
        out = int(((values < low) | (values > high)).sum())  # type: ignore[operator]
        if out:
            told.append(f"{out} of {n_channels} variances are out of range")
    elif name.endswith("running_mean"):
        out = int((values.abs() > 1e3).sum())  # type: ignore[attr-defined]
        if out:
            told.append(f"{out} of {n_channels} means are far off")
    elif name.endswith("weight") and n_dead:
        told.append(f"{n_dead} of {n_channels} channels are dead")
    if name.endswith("weight") and n_constant:
        told.append(f"{n_constant} of {n_channels} channels are constant")
    return "; ".join(told)
