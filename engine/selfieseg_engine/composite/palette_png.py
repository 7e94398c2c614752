"""Encodes a picture of indices with its colours as PNG, which cv2 cannot write. Pure; any thread."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BIT_DEPTH, _INDEXED = 8, 3


def encode_palette_png(indices: npt.NDArray[np.uint8], palette_rgb: Sequence[tuple[int, int, int]]) -> bytes:
    """Return the PNG file of uint8 HxW ``indices`` into ``palette_rgb`` (1…256 colours; 0…255 each).

    Raises:
        ValueError: an index has no colour.
    """
    if indices.size and int(indices.max()) >= len(palette_rgb):
        raise ValueError(f"index {int(indices.max())} has no colour among {len(palette_rgb)}")
    height, width = indices.shape
    header = struct.pack(">IIBBBBB", width, height, _BIT_DEPTH, _INDEXED, 0, 0, 0)
    # Every row begins with its filter's number; 0 is none.
    rows = np.hstack((np.zeros((height, 1), np.uint8), indices)).tobytes()
    palette = bytes(value for color in palette_rgb for value in color)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return _SIGNATURE + b"".join(chunk(name, content) for name, content in chunks)


def chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG file; ``name`` has four letters."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
