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
    all but black, and has its own.

    Args:
        numbers: By the number of the image.
    """
    kinds: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, one in numbers.items():
        kinds[one.kind, len(one.low)].append(index)
    found: dict[int, np.ndarray] = {}
    for (kind, n_channels), own in kinds.items():
        joint = n_channels != 2  # the channels of a colour are stretched alike
        lows, highs = (
            np.array([getattr(numbers[i], side) for i in own], np.float64)
            for side in ("low", "high")
        )
        low, high = lows.min(0), highs.max(0)
        if joint:
            low, high = np.full_like(low, low.min()), np.full_like(high, high.max())
        spans = highs.max(1) - lows.min(1)
        alone = (spans > 0) & (spans < LEAST_SHARE * (high - low).max())
        for row, index in enumerate(own):
            bottom, top = (lows[row], highs[row]) if alone[row] else (low, high)
            if alone[row] and joint:
                bottom, top = bottom.min(), top.max()
            found[index] = _to_8_bits(numbers[index].values, bottom, top)
        notes.append(_note(kind, len(own), low.min(), high.max(), int(alone.sum())))
    return found


def _to_8_bits(values: np.ndarray, low: np.ndarray | float, high: np.ndarray | float) -> np.ndarray:
    """One or three channels as they are; of two the first is red and the second green."""
    span = np.maximum(np.asarray(high) - np.asarray(low), 1e-30)
    unit = np.clip((values.astype(np.float64) - low) / span, 0, 1)
    eight = (unit * 255).round().astype(np.uint8)
    if eight.shape[2] == 1:
        return np.repeat(eight, 3, 2)
    if eight.shape[2] == 2:
        return np.concatenate([eight, np.zeros_like(eight[:, :, :1])], 2)
    return eight


def _note(kind: str, n: int, low: float, high: float, n_alone: int) -> str:
    note = (
        f"{several(n, f'{kind} image is', f'{kind} images are')} stretched by the folder's range: "
        f"{low:,.5g} is black and {high:,.5g} white."
    )
    if n_alone == 1:
        note += " 1 of them spans less than a tenth of it and is stretched by its own."
    elif n_alone:
        note += f" {n_alone:,} of them span less than a tenth of it and are stretched by their own."
    return note
