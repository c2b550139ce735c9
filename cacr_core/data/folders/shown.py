"""What Pillow does to images of 8 bits, for those of more: on white, light where large, upright."""

from __future__ import annotations

import numpy as np


def most(values: np.ndarray) -> float:
    """What white and opaque are: the largest of such whole numbers, 1 of all others."""
    return float(np.iinfo(values.dtype).max) if values.dtype.kind in "iu" else 1.0


def laid_on(
    ground: float, values: np.ndarray, opacity: np.ndarray, is_multiplied: bool = False
) -> np.ndarray:
    """An image as it is seen on a ground of one colour, in its own kind of number.

    Args:
        ground: The value of every channel of the ground.
        values: `(height, width, channels)`.
        opacity: `(height, width, 1)` of the same kind: 0 shows the ground alone.
        is_multiplied: The values are saved multiplied by the opacity.
    """
    full = most(opacity)
    if (opacity >= full).all():
        return values
    real = np.float32 if values.dtype.itemsize <= 2 else np.float64
    share = (opacity / real(full)).clip(0, 1)
    seen = (values if is_multiplied else values * share) + real(ground) * (1 - share)
    if values.dtype.kind in "iu":
        seen = seen.round().clip(*(getattr(np.iinfo(values.dtype), end) for end in ("min", "max")))
    return seen.astype(values.dtype)


def cleared(values: np.ndarray, colour: int | tuple[int, ...]) -> np.ndarray:
    """`(height, width, channels)` whole numbers, white where all channels are of one colour: the
    only one of a PNG that is see-through."""
    is_clear = (values == np.array(colour)).all(2, keepdims=True)
    return np.where(is_clear, values.dtype.type(most(values)), values)


def inverted(values: np.ndarray) -> np.ndarray:
    """Light for dark: whole numbers of 16 bits or fewer within their range, all others below 0, as
    near the top of 32 bits a float32 has no digits for what is small."""
    if values.dtype.kind == "f":
        return 0 - values
    return ~values if values.dtype.itemsize <= 2 else 0 - values.astype(np.int64)


def ends(values: np.ndarray, is_inverted: bool) -> tuple[float, float]:
    """Black and white of such numbers, inverted where they are to be: whatever an image holds."""
    if not is_inverted:
        return 0.0, most(values)
    white = float(inverted(np.zeros(1, values.dtype))[0])
    return white - most(values), white


def turned(values: np.ndarray, orientation: object) -> np.ndarray:
    """`(height, width, channels)` upright, by an EXIF orientation; all but 2 to 8 turn nothing."""
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    down = -1 if orientation in (3, 4, 7, 8) else 1
    return values[::down, :: -1 if orientation in (2, 3, 6, 7) else 1]
