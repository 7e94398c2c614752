"""Whether a picture stands still, but for its noise. One thread at a time."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled

U8Image = npt.NDArray[np.uint8]
F32Image = npt.NDArray[np.float32]

# Blocks of so many pixels on each side are averaged: noise almost vanishes, an edge that moves does not.
_BLOCK = 8
# Levels that a block's mean may be off. (Noise of 8 levels in every channel of a 720p picture takes the
# worst of all blocks to 1.2; an edge of 140 levels that moves by one pixel of that picture, to 2.2.)
_STILL = 1.5


class Change(Enum):
    """What has become of the picture that was accepted last."""

    SAME = "the very same picture"
    STILL = "nothing but noise has changed"
    MOVED = "something has changed"


class StillnessDetector:
    """Compares pictures with the one accepted last, so that slow changes add up."""

    def __init__(self) -> None:
        self._seen: F32Image | None = None
        self._accepted: F32Image | None = None

    def look_at(self, picture: U8Image) -> Change:
        """Say what has changed in a picture; the first one, or one of another size, has moved.

        Args:
            picture: uint8 HxWx3 or HxWx4; a fourth channel is passed over.
        """
        self._seen = blocks = _block_means(picture)
        if self._accepted is None or self._accepted.shape != blocks.shape:
            return Change.MOVED
        most = float(cv2.norm(blocks, self._accepted, cv2.NORM_INF))
        if most == 0:
            return Change.SAME
        return Change.STILL if most <= _STILL else Change.MOVED

    def accept(self) -> None:
        """Compare with the picture that was looked at last from now on."""
        self._accepted = self._seen

    def reset(self) -> None:
        """Forget the pictures."""
        self._seen = self._accepted = None


def _block_means(picture: U8Image) -> F32Image:
    """Return the mean brightness of each block: float32, 0…255."""
    height, width, channels = picture.shape
    rows = np.ascontiguousarray(picture).reshape(height, width * channels)
    size = max(1, height // _BLOCK), max(1, width // _BLOCK)
    return _weighed_means(rows, _weights(width, channels), channels, *size)


@lru_cache(maxsize=8)
def _weights(width: int, channels: int) -> F32Image:
    """Return what each byte of a row counts: as in grey made of BGR (BT.601), which serves RGB as well."""
    return np.tile(np.array((0.114, 0.587, 0.299, 0)[:channels], np.float32), width)


@compiled
def _weighed_means(
    rows: U8Image, weights: F32Image, channels: int, blocks_down: int, blocks_across: int
) -> F32Image:
    """Return the weighed sum of each block's bytes over its pixels; float32, one row a row of blocks.

    Rows are added up first, in 16 bits: no block is as much as twice as high as ``_BLOCK``.
    """
    height, width = rows.shape[0], rows.shape[1] // channels
    means = np.empty((blocks_down, blocks_across), np.float32)
    column_sums = np.empty(rows.shape[1], np.uint16)
    for down in range(blocks_down):
        top, bottom = down * height // blocks_down, (down + 1) * height // blocks_down
        column_sums[:] = 0
        for y in range(top, bottom):
            _add(column_sums, rows[y])
        for across in range(blocks_across):
            left, right = across * width // blocks_across, (across + 1) * width // blocks_across
            block = slice(left * channels, right * channels)
            total = _weighed_sum(column_sums[block], weights[block])
            means[down, across] = total / np.float32((bottom - top) * (right - left))
    return means


@compiled
def _add(sums: npt.NDArray[np.uint16], row: U8Image) -> None:
    for x in range(sums.size):
        sums[x] = np.uint16(sums[x] + np.uint16(row[x]))


@compiled
def _weighed_sum(sums: npt.NDArray[np.uint16], weights: F32Image) -> np.float32:
    total = np.float32(0)
    for x in range(sums.size):
        total += np.float32(sums[x]) * weights[x]
    return total
