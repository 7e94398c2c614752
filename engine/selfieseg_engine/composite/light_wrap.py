"""Lets the new background's light fall on the person's edge. Pure; any thread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.blend import as_bgr
from selfieseg_engine.composite.edge_light import wrapping_light


def wrap_light(
    result_bgr: npt.NDArray[np.uint8],
    background_bgr: npt.NDArray[np.uint8],
    matte: npt.NDArray[np.uint8],
    strength: float,
) -> None:
    """Add the background's light to ``result_bgr``, in place: see docs/effects.md.

    Args:
        result_bgr: uint8 HxWx3, the person before the background.
        background_bgr: uint8 HxWx3, the new background alone.
        matte: uint8 HxW.
        strength: 0…1.
    """
    left, top, width, height = cv2.boundingRect(matte)
    if width == 0:
        return
    part = np.s_[top : top + height, left : left + width]
    light = cv2.convertScaleAbs(cv2.cvtColor(wrapping_light(background_bgr, matte), cv2.COLOR_BGRA2BGR))
    near = cv2.resize(light, matte.shape[1::-1], interpolation=cv2.INTER_LINEAR)[part]
    added = cv2.multiply(near, as_bgr(matte[part]), scale=strength / 255)
    # result + added (1 − result) is 1 − (1 − result)(1 − added)
    dark = cv2.multiply(cv2.bitwise_not(result_bgr[part]), cv2.bitwise_not(added), scale=1 / 255)
    cv2.bitwise_not(dark, dst=result_bgr[part])
