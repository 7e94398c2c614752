"""Whether a picture stands still, but for its noise. One thread at a time."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np
import numpy.typing as npt

# Blocks of so many grid pixels on each side are averaged: noise almost vanishes, an edge that moves does not.
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
        self._seen: npt.NDArray[np.float32] | None = None
        self._accepted: npt.NDArray[np.float32] | None = None

    def look_at(self, grey: npt.NDArray[np.uint8]) -> Change:
        """Say what has changed in a picture (uint8 HxW); the first one, or one of another size, has moved."""
        self._seen = blocks = _block_means(grey)
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


def _block_means(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    height, width = grey.shape
    size = max(1, width // _BLOCK), max(1, height // _BLOCK)
    return np.asarray(cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
