"""Images of more than 8 bits -> 8 bits: what is black and what white, by the folder's range."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from cacr_core.data.account import several
from cacr_core.data.folders.decode import Numbers

LEAST_SHARE = 0.1  # of the folder's range; an image that spans less has its own


def stretched(numbers: Mapping[int, Numbers], notes: list[str]) -> dict[int, np.ndarray]:
    """Each image as `(size, size, 3)` uint8, and what was done to them as notes.

    Images of one kind (16-bit, floating-point) share one range, the folder's, so that what is
    brighter in one than in another stays so. An image that spans less than a tenth of it would be
    all but black, and has its own, but for a channel of one value. Where a thousandth of the pixels
    at either end are all that differs, they count; where all is of one value, it is placed between
    0 and the white of its kind of number.

    Args:
        numbers: By the number of the image.
    """
    kinds: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, one in numbers.items():
        kinds[one.kind, len(one.low)].append(index)
    found: dict[int, np.ndarray] = {}
    for (kind, _), own in kinds.items():
        images = [numbers[i] for i in own]
        lows, highs = _ends(images, "low", "high")
        low, high, is_even = _range(images)
        spans = highs - lows
        alone = (spans > 0).any(1) & (spans < LEAST_SHARE * (high - low)).all(1)
        has_own = alone[:, None] & (spans > 0)
        lows, highs = np.where(has_own, lows, low), np.where(has_own, highs, high)
        for row, index in enumerate(own):
            found[index] = _to_8_bits(numbers[index].values, lows[row], highs[row])
        if not is_even.all():
            notes.append(_note(kind, len(own), low, high, int(alone.sum())))
    return found


def _range(images: Sequence[Numbers]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is black, what white, and whether all is of one value: of each channel of all images."""
    lows, highs = _ends(images, "low", "high")
    low, high = lows.min(0), highs.max(0)
    for sides in (("least", "greatest"), ("black", "white")):
        is_even = low == high
        lows, highs = _ends(images, *sides)
        low, high = np.where(is_even, lows.min(0), low), np.where(is_even, highs.max(0), high)
    return low, high, is_even


def _ends(images: Sequence[Numbers], low: str, high: str) -> tuple[np.ndarray, np.ndarray]:
    """Two sides of numbers, `(images, channels)`; of a colour, whose channels are stretched alike,
    `(images, 1)`."""
    lows, highs = (
        np.array([getattr(one, side) for one in images], np.float64).reshape(len(images), -1)
        for side in (low, high)
    )
    if lows.shape[1] == 2:
        return lows, highs
    return lows.min(1, keepdims=True), highs.max(1, keepdims=True)


def _to_8_bits(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """One or three channels as they are; of two the first is red and the second green."""
    unit = np.clip((values.astype(np.float64) - low) / (high - low), 0, 1)
    eight = (unit * 255).round().astype(np.uint8)
    if eight.shape[2] == 1:
        return np.repeat(eight, 3, 2)
    if eight.shape[2] == 2:
        return np.concatenate([eight, np.zeros_like(eight[:, :, :1])], 2)
    return eight


def _note(kind: str, n: int, low: np.ndarray, high: np.ndarray, n_alone: int) -> str:
    images = several(n, f"{kind} image is", f"{kind} images are")
    note = f"{images} stretched by the folder's range"
    if len(low) == 1:
        note += f": {low[0]:,.5g} is black and {high[0]:,.5g} white."
    else:
        first, second = (f"{a:,.5g} to {b:,.5g}" for a, b in zip(low, high, strict=True))
        note += f" of each channel: {first} and {second}."
    if n_alone == 1:
        note += " 1 of them spans less than a tenth of it and is stretched by its own."
    elif n_alone:
        note += f" {n_alone:,} of them span less than a tenth of it and are stretched by their own."
    return note
