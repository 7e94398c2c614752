"""A picture as background. Any thread; reads a file."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import read_picture


def load_backdrop(path: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return the picture at ``path`` as uint8 HxWx3 BGR of ``size`` = (width, height).

    Raises ``PictureError`` where it cannot be read.
    """
    return cover(read_picture(path), size)


def cover(picture: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Scale a uint8 HxWx3 picture until it covers ``size`` = (width, height), and cut around its middle."""
    height, width = picture.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    crop_width, crop_height = min(round(size[0] / scale), width), min(round(size[1] / scale), height)
    if crop_width < 1 or crop_height < 1:
        raise PictureError(
            "the background picture does not fit",
            f"it is {width}x{height} for {size[0]}x{size[1]}",
            "use another",
        )
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    cut = picture[top : top + crop_height, left : left + crop_width]
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, size, interpolation=interpolation), np.uint8)
