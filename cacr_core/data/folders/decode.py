"""One image file -> a square of pixels, as it is or, where it has more than 8 bits, as numbers."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, features

from cacr_core.data.folders import bounds
from cacr_core.data.folders.pngs import is_deep, read_png
from cacr_core.data.folders.shown import cleared, ends, inverted
from cacr_core.data.folders.tiffs import (
    MIN_IS_WHITE,
    NeedsDecoder,
    is_beyond_pillow,
    read_tiff,
)

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM", "JPEG2000")
BREAKS = (
    OSError, ValueError, SyntaxError, EOFError, RuntimeError, NotImplementedError, ArithmeticError,
    IndexError, KeyError, TypeError, AttributeError, MemoryError, struct.error, zlib.error,
    zipfile.BadZipFile, Warning, Image.DecompressionBombError,
)  # fmt: skip
"""What a file that is no image, or a damaged one, may raise while it is read."""
DAMAGED, EMPTY = "damaged or cut off", "empty"
TOO_LARGE = (
    f"of more than {bounds.MAX_DECODED / 1e6:.0f} million pixels or "
    f"{bounds.MAX_IMAGE_BYTES // 2**20} MB"
)
PAGES = "pages"
NAN = "nan"
BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC",
          b"hevc": "HEIC", b"msf1": "HEIC"}  # fmt: skip
NEEDS = {"AVIF": "Pillow with AVIF", "HEIC": "pillow-heif"}


class TooLarge(ValueError):
    """More pixels than one image may unpack to."""


class Numbers(NamedTuple):
    """What an image of more than 8 bits holds, before anybody decides what is black and white.

    Attributes:
        values: `(size, size, channels)` float32.
        low, high: Of each channel as saved, but for a thousandth of the pixels at either end.
        least, greatest: Of each channel of `values`, and within what is saved.
        kind: What such values are called.
        black, white: 0 and the largest of its whole numbers, 1 of all others; light for dark where
            its least is white.
    """

    values: np.ndarray
    low: tuple[float, ...]
    high: tuple[float, ...]
    least: tuple[float, ...]
    greatest: tuple[float, ...]
    kind: str
    black: float
    white: float


class Decoded(NamedTuple):
    """An image read from its file.

    Attributes:
        pixels: `(size, size, 3)` uint8, or numbers to be stretched.
        n_unpacked: Pixels that were unpacked for it.
        remarks: Words for what was passed over: PAGES, NAN, how many channels if not 1 or 3.
    """

    pixels: np.ndarray | Numbers
    n_unpacked: int
    remarks: tuple[str, ...]


@lru_cache(maxsize=1)
def formats() -> tuple[str, ...]:
    """What can be decoded here, by Pillow's names; HEIC where pillow-heif is installed."""
    Image.init()  # all of its decoders, not only the usual ones
    found = [name for name in FORMATS if name in Image.OPEN]
    if features.check("avif"):
        found.append("AVIF")
    try:
        import pillow_heif  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return tuple(found)
    pillow_heif.register_heif_opener()
    return (*found, "HEIF")


def why_not(data: bytes, error: BaseException) -> str:
    """The reason by which a file is left out, a plural or an adjective."""
    if isinstance(error, NeedsDecoder):
        return str(error)
    is_bomb = isinstance(error, TooLarge | Image.DecompressionBombError)
    if is_bomb or str(error) == "too large":
        return TOO_LARGE
    if not data:
        return EMPTY
    brand = BRANDS.get(data[8:12]) if data[4:8] == b"ftyp" else None
    if brand and {"AVIF": "AVIF", "HEIC": "HEIF"}[brand] not in formats():
        return f"{brand} (needs {NEEDS[brand]})"
    return DAMAGED


def read_image(data: bytes, size: int) -> Decoded:
    """Turned as its EXIF says, middle square, on white if see-through. Its header is asked first.

    Raises:
        One of BREAKS: It cannot be read.
    """
    if is_beyond_pillow(data):
        first, is_inverted = read_tiff(data)
        return _of_numbers(first, size, is_inverted=is_inverted)
    if is_deep(data):
        return _of_numbers(read_png(data), size)
    with Image.open(io.BytesIO(data), formats=formats()) as image:
        if image.width * image.height > bounds.MAX_PIXELS:
            raise TooLarge
        image.draft("RGB", (2 * size, 2 * size))
        n_unpacked = image.width * image.height
        if n_unpacked > bounds.MAX_DECODED:
            raise TooLarge
        upright = ImageOps.exif_transpose(image)
        values = _values(upright, image)
        is_inverted = getattr(image, "tag_v2", {}).get(262) == MIN_IS_WHITE
        remarks = (PAGES,) if _has_more(image) else ()
        if values is not None:
            clear = image.info.get("transparency")
            if values.dtype == np.uint16 and isinstance(clear, int):
                return _of_numbers(cleared(values[:, :, None], clear), size, n_unpacked, remarks)
            return _of_numbers(values[:, :, None], size, n_unpacked, remarks, is_inverted)
        if upright.has_transparency_data:
            see_through = upright.convert("RGBA")
            upright = Image.new("RGBA", see_through.size, "white")
            upright.alpha_composite(see_through)
        fitted = ImageOps.fit(upright.convert("RGB"), (size, size))
        return Decoded(np.asarray(fitted), n_unpacked, remarks)


def _values(upright: Image.Image, image: Image.Image) -> np.ndarray | None:
    """What an image of more than 8 bits holds, in the file's kind of number; None of any other."""
    if not upright.mode.startswith("I") and upright.mode != "F":
        return None
    values, tags = np.asarray(upright), getattr(image, "tag_v2", {})
    if upright.mode == "I" and image.format == "PPM":  # Pillow gives it 32 bits
        values = values.astype(np.uint16)
    elif upright.mode == "I" and tags.get(258) == (16,):
        values = values.astype(np.int16)
    return values


def _has_more(image: Image.Image) -> bool:
    """Whether a file has further pages or frames; a phone's second picture (MPO) is none."""
    if image.format not in ("TIFF", "GIF", "WEBP", "PNG", "AVIF"):
        return False
    try:
        image.seek(1)
    except BREAKS:
        return False
    return True


def _of_numbers(
    values: np.ndarray,
    size: int,
    n_unpacked: int = 0,
    remarks: tuple[str, ...] = (),
    is_inverted: bool = False,
) -> Decoded:
    """`(height, width, channels)` of any kind of number, the middle square of it, light where it is
    large."""
    black, white = ends(values, is_inverted)
    values = inverted(values) if is_inverted else values
    known = _KINDS.get((values.dtype.kind, values.dtype.itemsize), f"{values.dtype}")
    height, width, n_channels = values.shape
    if n_channels not in (1, 3):
        remarks = (*remarks, f"{n_channels} channels")
    step = max(1, int((height * width / 2**18) ** 0.5))
    low, high, least, greatest, planes = [], [], [], [], []
    for channel in range(min(3, n_channels)):
        plane = values[:, :, channel].astype(np.float32)
        if not np.isfinite(plane).all():
            remarks = (*remarks, NAN) if NAN not in remarks else remarks
            finite = plane[np.isfinite(plane)]
            plane = np.nan_to_num(plane, nan=finite.min(), posinf=finite.max(), neginf=finite.min())
        some = plane[::step, ::step]
        low.append(float(np.percentile(some, 0.1, method="lower")))
        high.append(float(np.percentile(some, 99.9, method="higher")))
        small = np.asarray(ImageOps.fit(Image.fromarray(plane), (size, size)))
        least.append(float(max(small.min(), plane.min())))
        greatest.append(float(min(small.max(), plane.max())))
        planes.append(small)
    sides = tuple(low), tuple(high), tuple(least), tuple(greatest)
    numbers = Numbers(np.stack(planes, 2), *sides, known, black, white)
    return Decoded(numbers, n_unpacked or height * width, remarks)


_KINDS = {
    ("u", 1): "8-bit",
    ("u", 2): "16-bit",
    ("i", 2): "signed 16-bit",
    ("u", 4): "whole-number",
    ("i", 4): "whole-number",
    ("i", 8): "whole-number",
    ("f", 2): "floating-point",
    ("f", 4): "floating-point",
    ("f", 8): "floating-point",
}
