"""Changes the size of frames and masks. Pure; any thread."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt


def colours_of(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the first three channels of a uint8 HxWx3 or HxWx4 frame: itself where it has no fourth."""
    if frame.shape[2] == 3:
        return frame
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGRA2BGR), np.uint8)


def stretch(image: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """Return ``image`` (HxW or HxWxC) itself where it has ``size`` = (width, height), else a stretched copy.

    Bilinear without averaging, as in MediaPipe's own pipeline: averaging (INTER_AREA) gave no better
    mattes on photos. The dtype stays, and values stay within those of the image.
    """
    if image.shape[1::-1] == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), image.dtype)
