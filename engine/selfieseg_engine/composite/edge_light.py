"""The light around the person: small, smooth pictures, as docs/effects.md says. Pure; any thread."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.weighed import mean_weighed

_GRID_ROWS = 180
_TENT = np.array([1, 2, 3, 4, 3, 2, 1], np.float32) / 16
_BACKGROUND = 1 - np.linspace(0, 1, 256)
_SURELY_BACKGROUND = np.square(_BACKGROUND).astype(np.float32)
_RATHER_BACKGROUND = _BACKGROUND.astype(np.float32)


def room_light(frame_bgr: npt.NDArray[np.uint8], matte: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the light of the room: float32 rows x columns x 4, ``(B, G, R, 255) * weight``, for despill.

    Args:
        frame_bgr: uint8 HxWx3.
        matte: uint8 HxW.
    """
    return _light(frame_bgr, matte, _SURELY_BACKGROUND)


def wrapping_light(
    background_bgr: npt.NDArray[np.uint8], matte: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float32]:
    """Return the light that the new background sheds on the person, in the form of ``room_light``."""
    return _light(background_bgr, matte, _RATHER_BACKGROUND)


def grid_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return columns and rows of the light of a frame of ``size`` = (width, height)."""
    width, height = size
    rows = min(_GRID_ROWS, height)
    return max(1, math.floor(width * rows / height + 0.5)), rows


def _light(
    picture_bgr: npt.NDArray[np.uint8],
    matte: npt.NDArray[np.uint8],
    weight_of_matte: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    grid = grid_size(matte.shape[1::-1])
    light = mean_weighed(picture_bgr, matte, weight_of_matte, grid)
    smooth = cv2.sepFilter2D(light, -1, _TENT, _TENT, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32)
