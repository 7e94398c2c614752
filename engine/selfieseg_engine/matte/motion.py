"""How a picture has moved since the one before. One thread at a time.

Dense optical flow by T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast Optical Flow using Dense Inverse
Search", ECCV 2016, as in OpenCV (the fastest preset: 0.4 ms of one core for 256x144).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

U8Image = npt.NDArray[np.uint8]
F32Image = npt.NDArray[np.float32]

# Levels (mean of 5x5 pixels, largest channel) that the moved picture may be off: noise below the first,
# certainly another thing above the second.
_SEEN_BEFORE = 14.0
_NEW = 42.0
# A noisy picture is off everywhere: so much of it, in levels, is taken for noise at most.
_MOST_NOISE = 6.0
_ALL_LEVELS = np.arange(256, dtype=np.float32)
_WINDOW = (5, 5)
# Of the whole picture, how much is new: 0 … 1.
_CUT_NOVELTY = 0.5
_MOST_NOVELTY_TO_LEAD = 0.25
_IN_ONE: Any = None  # instead of a second array of places; OpenCV's types do not know that it may be missing
_LEAST_SIDE = 32  # below it the search has no room


@dataclass(frozen=True)
class Motion:
    """From the picture before to this one.

    Attributes:
        flow: float32 HxWx2, (x, y) in pixels: a pixel came from its own place plus this.
        surprise: float32 HxW in 0…1: how little the picture before explains this one.
        novelty: its mean.
    """

    flow: F32Image
    surprise: F32Image
    novelty: float

    @property
    def is_cut(self) -> bool:
        """Whether this is another scene."""
        return self.novelty > _CUT_NOVELTY

    @property
    def goes_on(self) -> bool:
        """Whether the motion is known well enough to be carried on."""
        return self.novelty < _MOST_NOVELTY_TO_LEAD

    @cached_property
    def _origin(self) -> F32Image:
        return _places(self.flow.shape[1::-1]) + self.flow

    def carry(self, image: npt.NDArray[Any], interpolation: int = cv2.INTER_LINEAR) -> npt.NDArray[Any]:
        """Return what belonged to the picture before (HxW or HxWxC), moved to where it is now."""
        return np.asarray(_sampled(image, self._origin, interpolation), image.dtype)

    def lead(self, matte: U8Image, share: float) -> U8Image:
        """Return a matte (uint8 hxw, any size) moved on for ``share`` of the time that this motion took."""
        size, (rows, columns) = matte.shape[1::-1], self.flow.shape[:2]
        ahead = self.flow * (np.float32(share) * _scale((columns, rows), size))
        ahead += _places_in((columns, rows), size)
        places = cv2.resize(ahead, size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(_sampled(matte, places, cv2.INTER_LINEAR), np.uint8)


class MotionTracker:
    """Compares each picture with the one before. All have the same size until ``reset``."""

    def __init__(self) -> None:
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._before: U8Image | None = None
        self._grey_before: U8Image | None = None

    def follow(self, picture: U8Image) -> Motion | None:
        """Return how the picture (uint8 HxWx3) has moved since the last one; None for the first."""
        before, grey_before = self._before, self._grey_before
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        self._before, self._grey_before = picture.copy(), grey
        if before is None or grey_before is None or before.shape != picture.shape:
            return None
        flow = np.zeros((*grey.shape, 2), np.float32)
        if min(grey.shape) >= _LEAST_SIDE:
            flow = np.asarray(self._search.calc(grey, grey_before, flow), np.float32)
        moved = Motion(flow, np.empty(0, np.float32), novelty=0.0).carry(before)
        surprise = _surprise(picture, moved)
        return Motion(flow, surprise, float(surprise.mean()))

    def reset(self) -> None:
        """Forget the last picture."""
        self._before = self._grey_before = None


def _surprise(picture: U8Image, expected: U8Image) -> F32Image:
    first, second, third = cv2.split(cv2.absdiff(picture, expected))
    most_off = cv2.max(cv2.max(first, second), third)
    levels = cv2.blur(most_off, _WINDOW)
    noise = min(_MOST_NOISE, float(np.median(levels[::4, ::4])))
    # The share of a neighbourhood's most: the same as the most of its shares, and bytes take less time.
    share = np.clip((_ALL_LEVELS - np.float32(noise + _SEEN_BEFORE)) / (_NEW - _SEEN_BEFORE), 0, 1)
    return np.asarray(cv2.LUT(cv2.dilate(levels, np.ones(_WINDOW, np.uint8)), share), np.float32)


@lru_cache(maxsize=8)
def _places(size: tuple[int, int]) -> F32Image:
    """Return every pixel's own (x, y): float32 HxWx2."""
    width, height = size
    return np.stack(np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)), -1)


@lru_cache(maxsize=8)
def _places_in(size: tuple[int, int], other: tuple[int, int]) -> F32Image:
    """Return where every pixel's middle is in a picture of the same view and another size: float32 HxWx2."""
    half = np.float32(0.5)
    return np.asarray((_places(size) + half) * _scale(size, other) - half, np.float32)


def _scale(size: tuple[int, int], other: tuple[int, int]) -> F32Image:
    return np.array((other[0] / size[0], other[1] / size[1]), np.float32)


def _sampled(image: npt.NDArray[Any], places: npt.NDArray[Any], interpolation: int) -> Any:
    """Return the image at ``places``: float32 HxWx2, (x, y) in its pixels."""
    return cv2.remap(image, places, _IN_ONE, interpolation, borderMode=cv2.BORDER_REPLICATE)
