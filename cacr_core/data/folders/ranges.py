"""Images of more than 8 bits -> 8 bits: what is black and what white, by the folder's range."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from cacr_core.data.account import several
from cacr_core.data.folders.decode import Numbers

LEAST_SHARE = 0.1  # of the folder's range; an image that spans less has its own


def stretched(numbers: Mapping[int, Numbers], notes: list[str]) -> dict[int, np.ndarray]:
    """Each image as `(size, size, 3)` uint8, and what was done to them as notes.

    Images of one kind (16-bit, floating-point) share one range, the folder's, so that what is
    brighter in one than in another stays so. An image that spans less than a tenth of it would be
    all but black, and has its own. Where all is of one value, it is placed between 0 and the white
    of its kind of number.

    Args:
        numbers: By the number of the image.
    """
    kinds: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, one in numbers.items():
        kinds[one.kind, len(one.low)].append(index)
    found: dict[int, np.ndarray] = {}
    for (kind, n_channels), own in kinds.items():
        lows, highs = (
            np.array([getattr(numbers[i], side) for i in own], np.float64)
            for side in ("low", "high")
        )
        if n_channels != 2:  # the channels of a colour are stretched alike
            lows, highs = lows.min(1, keepdims=True), highs.max(1, keepdims=True)
        low, high = lows.min(0), highs.max(0)
        spans = highs - lows
        is_less = (spans < LEAST_SHARE * (high - low)) | (high == low)
        alone = (spans > 0).any(1) & is_less.all(1)
        for row, index in enumerate(own):
            ends = (lows[row], highs[row]) if alone[row] else (low, high)
            found[index] = _to_8_bits(numbers[index], *ends)
        if (high > low).any():
            notes.append(_note(kind, len(own), low, high, int(alone.sum())))
    return found


def _to_8_bits(one: Numbers, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """One or three channels as they are; of two the first is red and the second green."""
    is_even = low == high
    low, high = np.where(is_even, 0, low), np.where(is_even, one.white, high)
    unit = np.clip((one.values.astype(np.float64) - low) / (high - low), 0, 1)
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
