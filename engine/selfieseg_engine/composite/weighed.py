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
    result = np.zeros((size[1], size[0], 4), np.float32)
    _add_means(colour, opacity, weight_of_matte, result)
    return result


@compiled
def _add_means(
    colour: npt.NDArray[Any],
    opacity: npt.NDArray[np.uint8],
    weight_of_matte: npt.NDArray[np.float32],
    result: npt.NDArray[np.float32],
) -> None:
    """Add the mean of the four samples of each cell, two by two."""
    _, width, _ = result.shape
    quarters = np.empty(2 * width, np.float32)
    for y in range(len(opacity)):
        cells, samples, opacities = result[y // 2].ravel(), colour[y].ravel(), opacity[y]
        for x in range(quarters.size):
            quarters[x] = np.float32(0.25) * weight_of_matte[opacities[x]]
        for x in range(width):
            left, right = quarters[2 * x], quarters[2 * x + 1]
            for channel in range(3):
                sample, next_sample = samples[6 * x + channel], samples[6 * x + 3 + channel]
                cells[4 * x + channel] += left * np.float32(sample) + right * np.float32(next_sample)
            cells[4 * x + 3] += np.float32(255) * (left + right)
