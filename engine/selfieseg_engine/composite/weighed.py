"""Shrinks a picture in which pixels count more or less. Pure; any thread."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled


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
    opacity = np.asarray(cv2.resize(matte, fine, interpolation=cv2.INTER_LINEAR), np.uint8)
    result = np.empty((size[1], size[0], 4), np.float32)
    _average(colour, opacity, weight_of_matte, result)
    return result


@compiled
def _average(
    colour: npt.NDArray[Any],
    opacity: npt.NDArray[np.uint8],
    weight_of_matte: npt.NDArray[np.float32],
    result: npt.NDArray[np.float32],
) -> None:
    """Write the mean of the four samples of each cell."""
    height, width, _ = result.shape
    for y in range(height):
        for x in range(width):
            blue, green, red, weights = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for down in range(2):
                for across in range(2):
                    sample = colour[2 * y + down, 2 * x + across]
                    weight = weight_of_matte[opacity[2 * y + down, 2 * x + across]]
                    blue += weight * np.float32(sample[0])
                    green += weight * np.float32(sample[1])
                    red += weight * np.float32(sample[2])
                    weights += weight
            quarter = np.float32(0.25)
            result[y, x, 0], result[y, x, 1], result[y, x, 2] = quarter * blue, quarter * green, quarter * red
            result[y, x, 3] = np.float32(255) * quarter * weights
