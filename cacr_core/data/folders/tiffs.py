"""TIFFs that Pillow would cut to 8 bits or not open: several channels, odd types, stacks."""

from __future__ import annotations

import importlib.util
import io
import itertools
import zlib
from typing import Any

import numpy as np
from PIL import Image

from cacr_core.data.folders import bounds
from cacr_core.data.folders.shown import laid_on, most, turned

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MOST_PAGES = 4096  # that are looked at; of a file of more the first alone
NONE, DEFLATE = (1,), (8, 32946)
MIN_IS_WHITE, GREY_OR_COLOUR = 0, (0, 1, 2)  # of its photometric interpretation
MULTIPLIED, OPACITY = 1, (1, 2)  # of its extra samples
PLAIN = {((8,), 1), ((1,), 1), ((16,), 1), ((16,), 2), ((32,), 2), ((32,), 3)}  # bits, format


class NeedsDecoder(ValueError):
    """A file that a package would open which is not installed; its text is the reason."""


def is_beyond_pillow(data: bytes) -> bool:
    """Whether a TIFF holds more than Pillow would give: further channels, more than 8 bits in
    colour, numbers without a sign in 32 bits, or the channels of a microscope as pages."""
    if data[:4] not in MAGIC:
        return False
    if data[2:3] == b"+" or data[3:4] == b"+":
        return True
    try:
        with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
            tags = image.tag_v2  # type: ignore[attr-defined, unused-ignore]
            bits = tuple(tags.get(258, (1,)))
            form = tags.get(339, (1,))[0]
            said = str(tags.get(270, ""))
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, IndexError):
        return True
    if (said.startswith("ImageJ") and "channels=" in said) or "<OME" in said[:300]:
        return True
    if len(bits) == 1:
        return (bits, form) not in PLAIN and bits[0] > 8
    return (len(bits) == 2 and 338 not in tags) or len(bits) > 4 or max(bits) > 8


def read_tiff(data: bytes) -> tuple[np.ndarray, bool]:
    """`(height, width, channels)` of the first picture, upright, on white where it is see-through,
    and whether its least is white.

    Raises:
        NeedsDecoder: tifffile, or for its compression imagecodecs, is not here.
        ValueError: It is damaged, or holds more than one image may.
    """
    try:
        import tifffile
    except ImportError:
        raise NeedsDecoder("TIFF of several channels (needs tifffile)") from None
    try:
        # no other file is opened, whatever its words name
        with tifffile.TiffFile(io.BytesIO(data), _multifile=False) as file:
            return _read(file)
    except (NeedsDecoder, MemoryError):
        raise
    except Exception as error:  # a damaged file may break its reader anywhere
        raise ValueError(f"{error}") from error


def _read(file: Any) -> tuple[np.ndarray, bool]:
    pages = list(itertools.islice(file.pages, MOST_PAGES + 1))
    source = file.pages[0] if len(pages) > MOST_PAGES else file.series[0]
    if source is not file.pages[0] and int(np.prod(source.shape)) > bounds.MAX_DECODED:
        source = file.pages[0]
    if int(np.prod(source.shape)) > bounds.MAX_DECODED:
        raise ValueError("too large")
    for page in pages[:1] if source is file.pages[0] else pages:
        _check(page, file)
    values, page = _first(source.asarray(), source.axes), source.keyframe
    if page.photometric in GREY_OR_COLOUR:
        values = _seen(values, page, page.extrasamples if "S" in source.axes else ())
    return turned(values, page.tags.valueof(274, 1)), page.photometric == MIN_IS_WHITE


def _seen(values: np.ndarray, page: Any, extra: tuple[int, ...]) -> np.ndarray:
    """On white where it is see-through."""
    found = [i for i, kind in enumerate(extra) if kind in OPACITY]
    if found:
        at = values.shape[2] - len(extra) + found[0]
        ground = 0.0 if page.photometric == MIN_IS_WHITE else most(values)
        colours, opacity = np.delete(values, at, 2), values[:, :, at : at + 1]
        values = laid_on(ground, colours, opacity, extra[found[0]] == MULTIPLIED)
    return values


def _check(page: Any, file: Any) -> None:
    """Refuse what would unpack to more than it says, before it is unpacked."""
    if page.compression in NONE:
        return
    if page.compression not in DEFLATE:
        if importlib.util.find_spec("imagecodecs") is None:
            raise NeedsDecoder("TIFF in a rare compression (needs imagecodecs)")
        return
    for start, n in zip(page.dataoffsets, page.databytecounts, strict=True):
        file.filehandle.seek(start)
        unpacking = zlib.decompressobj()
        unpacking.decompress(file.filehandle.read(n), page.nbytes + 2**20)
        if unpacking.unconsumed_tail:
            raise ValueError("unpacks to more than it says")


def _first(values: np.ndarray, axes: str) -> np.ndarray:
    """Height, width and channels of an array whose axes have tifffile's letters; of any other axis
    the first."""
    if "Y" not in axes or "X" not in axes:
        raise ValueError("no picture")
    for letter in axes:
        if letter not in "YXCS":
            values, axes = values.take(0, axes.index(letter)), axes.replace(letter, "", 1)
    if "C" in axes and "S" in axes:
        values, axes = values.take(0, axes.index("C")), axes.replace("C", "")
    channel = next((a for a in axes if a in "CS"), "")
    order = [axes.index("Y"), axes.index("X")] + ([axes.index(channel)] if channel else [])
    values = values.transpose(order)
    return values if channel else values[:, :, None]
