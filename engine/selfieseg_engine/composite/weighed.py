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
    _take_means(colour, opacity, weight_of_matte, result)
    return result


@compiled
def _take_means(
    colour: npt.NDArray[Any],
    opacity: npt.NDArray[np.uint8],
    weight_of_matte: npt.NDArray[np.float32],
    result: npt.NDArray[np.float32],
) -> None:
    """Write the mean of the four samples of each cell, two by two."""
    fine_width = opacity.shape[1]
    weights, of_channels = np.empty(fine_width, np.float32), np.empty(3 * fine_width, np.float32)
    weight_sums, sums = np.empty_like(weights), np.empty_like(of_channels)
    for y in range(len(result)):
        weight_sums[:] = 0
        sums[:] = 0
        for fine_y in (2 * y, 2 * y + 1):
            _look_up(opacity[fine_y], weight_of_matte, weights, of_channels)
            samples = colour[fine_y].ravel()
            for x in range(weights.size):
                weight_sums[x] += weights[x]
            for x in range(sums.size):
                sums[x] += of_channels[x] * np.float32(samples[x])
        _add_neighbours(sums.reshape(-1, 6), weight_sums.reshape(-1, 2), result[y])


@compiled
def _look_up(
    opacities: npt.NDArray[np.uint8],
    weight_of_matte: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32],
    of_channels: npt.NDArray[np.float32],
) -> None:
    """Write a quarter of each pixel's weight, once and for each of its three channels."""
    for x in range(weights.size):
        weights[x] = np.float32(0.25) * weight_of_matte[opacities[x]]
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    for x in range(weights.size):
        first = three * np.uint64(x)  # an index without a sign: only those are written as vectors
        of_channels[first] = weights[x]
        of_channels[first + one] = weights[x]
        of_channels[first + two] = weights[x]


@compiled
def _add_neighbours(
    sums: npt.NDArray[np.float32], weight_sums: npt.NDArray[np.float32], cells: npt.NDArray[np.float32]
) -> None:
    """Write a line's cells from the sums of their two columns of samples."""
    for x in range(len(cells)):
        for channel in range(3):
            cells[x, channel] = sums[x, channel] + sums[x, 3 + channel]
        cells[x, 3] = np.float32(255) * (weight_sums[x, 0] + weight_sums[x, 1])
