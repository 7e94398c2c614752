"""Fits a picture into a place of another shape. Pure."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

U8Image = npt.NDArray[np.uint8]


def letterbox(bgr: U8Image, size: tuple[int, int]) -> U8Image:
    """Return uint8 HxWx3 of ``size`` = (width, height): the whole picture in its middle, black around it.

    Contiguous; a picture of that size is returned as it is, not copied.
    """
    height, width = bgr.shape[:2]
    if (width, height) == size:
        return np.ascontiguousarray(bgr)
    scale = min(size[0] / width, size[1] / height)
    inner = (
        min(size[0], max(1, round(width * scale))),
        min(size[1], max(1, round(height * scale))),
    )
    scaled = cv2.resize(bgr, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if inner == size:
        return np.asarray(scaled, np.uint8)
    boxed = np.zeros((size[1], size[0], 3), np.uint8)
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    boxed[top : top + inner[1], left : left + inner[0]] = scaled
    return boxed


def shrink_to(size: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
    """Return ``size`` = (width, height), made smaller in its proportions where it is larger than ``most``."""
    scale = min(1.0, most[0] / size[0], most[1] / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
