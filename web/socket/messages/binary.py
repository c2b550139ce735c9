"""How a message with arrays lies in bytes."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def pack(header: dict[str, Any], *arrays: np.ndarray) -> bytes:
    """A message of the socket: length of the header, the header as JSON, the arrays as they are.

    The header is padded so that the arrays start at a multiple of four bytes.

    Raises:
        ValueError: A number of the header is not finite, which no browser would read.
    """
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-(4 + len(text)) % 4)
    return struct.pack("<I", len(text)) + text + b"".join(a.tobytes() for a in arrays)


def unpack(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a message and the bytes of its arrays."""
    (length,) = struct.unpack_from("<I", content)
    return json.loads(content[4 : 4 + length]), content[4 + length :]
