"""Shrinks a picture in which pixels count more or less. Pure; any thread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def mean_weighed(
    picture_bgr: npt.NDArray[np.uint8],
    matte: npt.NDArray[np.uint8],
    weight_of_matte: npt.NDArray[np.float32],
    size: tuple[int, int],
) -> npt.NDArray[np.float32]:
    """Return ``(B, G, R, 255) * weight``, the mean of four samples a cell: float32, ``size`` x 4.

    Args:
        picture_bgr: uint8 HxWx3.
        matte: uint8 HxW.
        weight_of_matte: float32, 256 weights: that of each value of the matte.
        size: (width, height) of the result; each of its cells is sampled at ± a quarter of a cell.

    The fourth channel is 255 times the mean weight.
    """
    # Those samples are the middles of the cells of a grid twice as fine.
    fine = (2 * size[0], 2 * size[1])
    colour = cv2.resize(picture_bgr, fine, interpolation=cv2.INTER_LINEAR)
    opacity = cv2.resize(matte, fine, interpolation=cv2.INTER_LINEAR)
    weight = cv2.LUT(opacity, weight_of_matte).reshape(fine[1], fine[0])
    weighed = np.multiply(
        cv2.cvtColor(colour, cv2.COLOR_BGR2BGRA), weight[:, :, np.newaxis], dtype=np.float32
    )
    return np.asarray(cv2.resize(weighed, size, interpolation=cv2.INTER_AREA), np.float32)
