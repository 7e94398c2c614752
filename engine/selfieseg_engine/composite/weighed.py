"""Shrinks a picture in which pixels count more or less. Pure; any thread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

_STRIP_ROWS = 32  # so few at once stay in the processor's cache


def mean_weighed(
    picture_bgr: npt.NDArray[np.uint8] | npt.NDArray[np.uint16],
    matte: npt.NDArray[np.uint8],
    weight_of_matte: npt.NDArray[np.float32],
    size: tuple[int, int],
) -> npt.NDArray[np.float32]:
    """Return ``(B, G, R, 255) * weight``, the mean of four samples a cell: float32, ``size`` x 4.

    Args:
        picture_bgr: uint8 or uint16 HxWx3.
        matte: uint8 HxW.
        weight_of_matte: float32, 256 weights: that of each value of the matte.
        size: (width, height) of the result; each of its cells is sampled at ± a quarter of a cell.

    The fourth channel is 255 times the mean weight.
    """
    # Those samples are the middles of the cells of a grid twice as fine.
    fine = (2 * size[0], 2 * size[1])
    colour = cv2.resize(picture_bgr, fine, interpolation=cv2.INTER_LINEAR)
    opacity = cv2.resize(matte, fine, interpolation=cv2.INTER_LINEAR)
    result = np.empty((size[1], size[0], 4), np.float32)
    for top in range(0, size[1], _STRIP_ROWS):
        rows = slice(2 * top, 2 * (top + _STRIP_ROWS))
        weight = np.asarray(cv2.LUT(opacity[rows], weight_of_matte), np.float32)
        channels = [cv2.multiply(each, weight, dtype=cv2.CV_32F) for each in cv2.split(colour[rows])]
        weighed = cv2.merge([*channels, weight * np.float32(255)])
        strip = (size[0], len(weighed) // 2)
        result[top : top + strip[1]] = cv2.resize(weighed, strip, interpolation=cv2.INTER_AREA)
    return result
