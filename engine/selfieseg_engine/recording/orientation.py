"""Turns frames upright as a recording's display matrix says. Pure; any thread."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

Pixels = TypeVar("Pixels", npt.NDArray[np.uint8], npt.NDArray[np.uint16])

_MATRIX = struct.Struct("=9i")


@dataclass(frozen=True)
class Orientation:
    """What makes a stored frame upright: first rows and columns change places, then it is mirrored."""

    transposed: bool = False
    mirrored: bool = False
    upside_down: bool = False

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) of the upright frame."""
        return (height, width) if self.transposed else (width, height)

    def upright(self, pixels: Pixels) -> Pixels:
        """Return HxW or HxWxC upright, in memory of its own where anything changes."""
        if self.transposed:
            pixels = cv2.transpose(pixels)  # type: ignore[assignment]  # keeps the dtype
        if self.mirrored or self.upside_down:
            code = -1 if self.mirrored and self.upside_down else 1 if self.mirrored else 0
            pixels = cv2.flip(pixels, code)  # type: ignore[assignment]
        return pixels


def read_display_matrix(content: bytes) -> Orientation:
    """Return the right-angled orientation nearest to FFmpeg's display matrix (nine int32)."""
    a, b, _, c, d, *_ = _MATRIX.unpack_from(content)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)
