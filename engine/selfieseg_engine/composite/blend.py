"""Mixes two pictures by a weight for each pixel. Pure; any thread."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled


def over(
    front: npt.NDArray[np.uint8], back: npt.NDArray[np.uint8], matte: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Return ``back`` moved towards ``front`` by ``matte / 255``, rounded, as a new picture.

    All are uint8: two HxWx3 and one HxW. Exactly ``front`` where the matte is 255, ``back`` where it is 0.
    """
    # For others it would be compiled anew, which would hold up a stream.
    front, back = (np.require(each, requirements=("C", "W")) for each in (front, back))
    result = np.empty_like(back)
    rows = len(matte)
    mix_lines(*(each.reshape(rows, -1) for each in (front, back, as_bgr(matte), result)))
    return result


@compiled
def mix_lines(
    front: npt.NDArray[np.uint8],
    back: npt.NDArray[np.uint8],
    matte: npt.NDArray[np.uint8],
    result: npt.NDArray[np.uint8],
) -> None:
    """Write ``back`` moved towards ``front`` by ``matte / 255``, rounded: one of them at 0 and at 255.

    All are HxW with contiguous lines. Of longer lines than the matte's only as much is read and written.
    """
    # 16 bits hold 255 * 255 + 128 and its 256th: twice as many at once as with 32.
    for y in range(len(matte)):
        near, far, weights, line = front[y], back[y], matte[y], result[y]
        for x in range(weights.size):
            share = np.uint16(weights[x])
            rest = np.uint16(np.uint16(255) - share)
            total = np.uint16(np.uint16(near[x]) * share + np.uint16(far[x]) * rest + np.uint16(128))
            line[x] = np.uint8(np.uint16(total + np.uint16(total >> np.uint16(8))) >> np.uint16(8))


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
