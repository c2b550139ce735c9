"""PNGs of 16 bits in colour, which Pillow would cut to 8.

Each byte of a pixel is filtered by itself: the higher and the lower ones of all channels are two
PNGs of 8 bits with the same filters, and these Pillow decodes.
"""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import numpy as np
from PIL import Image

from cacr_core.data.folders import bounds
from cacr_core.data.folders.shown import cleared, laid_on, most, turned

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {2: 3, 4: 2, 6: 4}  # by the kind of colour; the last of 4 and 6 is how see-through


def is_deep(data: bytes) -> bool:
    """Whether it is a PNG of 16 bits in more than one channel, its rows in their order."""
    return (
        data[:8] == SIGNATURE
        and data[12:16] == b"IHDR"
        and len(data) > 28
        and (data[24], data[28]) == (16, 0)
        and data[25] in CHANNELS
    )


def read_png(data: bytes) -> np.ndarray:
    """`(height, width, channels)` uint16, upright, on white where it is see-through.

    Raises:
        ValueError: It is damaged, or holds more than one image may.
    """
    width, height = struct.unpack(">II", data[16:24])
    if not width or not height:  # each of its rows has a byte, though none has a pixel
        raise ValueError("no pixels")
    if width * height > bounds.MAX_DECODED:
        raise ValueError("too large")
    n_channels = CHANNELS[data[25]]
    n_bytes = height * (1 + 2 * n_channels * width)
    packed = zlib.decompressobj().decompress(_content(data, b"IDAT"), n_bytes)
    if len(packed) < n_bytes:
        raise ValueError("cut off")
    rows = np.frombuffer(packed, np.uint8).reshape(height, -1)
    lanes = rows[:, 1:].reshape(height, width, n_channels, 2)
    high, low = (_plain(rows[:, :1], lanes[..., i], data[25]) for i in (0, 1))
    values = high.astype(np.uint16) * 256 + low
    if n_channels in (2, 4):
        values = laid_on(most(values), values[:, :, :-1], values[:, :, -1:])
    elif len(clear := _content(data, b"tRNS")) == 6:
        values = cleared(values, struct.unpack(">HHH", clear))
    return turned(values, _orientation(data))


def _orientation(data: bytes) -> object:
    """As EXIF numbers it; 1 where it says nothing."""
    exif = Image.Exif()
    with contextlib.suppress(Exception):  # damaged, it turns nothing
        exif.load(_content(data, b"eXIf"))
        return exif.get(274, 1)
    return 1


def _content(data: bytes, name: bytes) -> bytes:
    """All chunks of a name, joined."""
    parts, at = [], 8
    while at + 8 <= len(data):
        (n,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == name:
            parts.append(data[at + 8 : at + 8 + n])
        at += 12 + n
    return b"".join(parts)


def _plain(filters: np.ndarray, lanes: np.ndarray, colour: int) -> np.ndarray:
    """One byte of each channel, unfiltered: `(height, width, channels)`."""
    height, width, n_channels = lanes.shape
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    rows = np.concatenate([filters, lanes.reshape(height, -1)], 1)
    body = _chunk(b"IDAT", zlib.compress(rows.tobytes(), 0))
    file = io.BytesIO(SIGNATURE + _chunk(b"IHDR", head) + body + _chunk(b"IEND", b""))
    with Image.open(file, formats=("PNG",)) as image:
        return np.asarray(image).reshape(height, width, n_channels)


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
