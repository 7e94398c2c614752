"""Changes the size of frames and masks. Pure; any thread."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt


def frame_to_model_size(frame: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Stretch a uint8 HxWxC frame to ``size`` = (width, height).

    Bilinear without averaging, as in MediaPipe's own pipeline: averaging (INTER_AREA) gave no better
    mattes on photos.
    """
    if frame.shape[1::-1] == size:
        return frame
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def mask_to_matte(mask: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """Stretch an HxW mask (float32 0…1 or uint8 0…255) to ``size`` = (width, height), bilinearly.

    Values stay within those of the mask, and the dtype stays.
    """
    if mask.shape[1::-1] == size:
        return mask
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), mask.dtype)
