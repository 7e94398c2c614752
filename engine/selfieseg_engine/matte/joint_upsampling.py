"""From the matte of a work frame to one of the frame's own size, along the frame's edges. Pure; any thread.

J. Kopf, M. Cohen, D. Lischinski, M. Uyttendaele, "Joint Bilateral Upsampling", SIGGRAPH 2007 (equation 3),
with a Gaussian of the colours' distance and, in space, bilinear weights of the four samples around a pixel,
which leave no seams. docs/effects.md has the formula, which the GPU draws too. Against a bilinear stretch the
gradient error on photos with true mattes is 4 % lower; nine samples make it 5 %, at twice the cost.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled

U8Image = npt.NDArray[np.uint8]
Places = npt.NDArray[np.uintp]

# Of the distance of two colours in 0…1, and how alike they are at least: where none is alike, space decides.
_COLOUR_SIGMA = 0.1
_LEAST_LIKENESS = 1e-3
# By the squared distance in levels; what lies beyond is nothing like.
_FARTHEST = 1 << 14
_LIKENESS = (np.exp(np.arange(_FARTHEST) * (-0.5 / (255 * _COLOUR_SIGMA) ** 2)) + _LEAST_LIKENESS).astype(
    np.float32
)
# Levels: where all samples are so near to nothing, or to everything, no weights can matter.
_NEARLY = 2


def upsample_matte(matte: U8Image, frame: U8Image) -> U8Image:
    """Return the matte (uint8 hxw, of the frame's view at any smaller size) at the frame's size.

    ``frame`` is uint8 HxWxC, C ≥ 3; a fourth channel is passed over. Where a side of the matte is not smaller
    than the frame's it is stretched bilinearly.
    """
    height, width = frame.shape[:2]
    rows, columns = matte.shape
    stretched = np.asarray(cv2.resize(matte, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if columns < width and rows < height:
        _fill_band(
            matte, _edge_band(matte), frame, _axis(rows, height), _axis(columns, width), _LIKENESS, stretched
        )
    return stretched


def _edge_band(matte: U8Image) -> U8Image:
    """Return where a sample and the eight around it are neither all 0 nor all 1: non-zero there."""
    near = np.ones((3, 3), np.uint8)
    most, least = cv2.dilate(matte, near), cv2.erode(matte, near)
    return np.asarray(
        cv2.bitwise_and(cv2.inRange(most, _NEARLY + 1, 255), cv2.inRange(least, 0, 254 - _NEARLY)), np.uint8
    )


# One side of the frame, ``length`` pixels, and of the matte, ``count`` samples. Places are unsigned: of
# signed ones Numba asks at every access whether they count from the end.
# first (``count`` + 1): the first pixel for which a sample is the nearest; at last ``length``.
# middle (``count``): the pixel that is in the middle of a sample.
# before (``length``): the last sample before a pixel; the first one where there is none.
# after (``length``): the one after that; the last one where there is none.
# past (``length``): a pixel's way past the one before it, in samples.
_Axis = tuple[Places, Places, Places, Places, npt.NDArray[np.float32]]


@lru_cache(maxsize=16)
def _axis(count: int, length: int) -> _Axis:
    nearest = (2 * np.arange(length) + 1) * count // (2 * length)
    place = (np.arange(length) + 0.5) * (count / length) - 0.5
    before = np.floor(place)
    return (
        np.searchsorted(nearest, np.arange(count + 1)).astype(np.uintp),
        ((2 * np.arange(count) + 1) * length // (2 * count)).astype(np.uintp),
        np.maximum(before, 0).astype(np.uintp),
        np.minimum(before + 1, count - 1).astype(np.uintp),
        (place - before).astype(np.float32),
    )


@compiled
def _fill_band(
    matte: U8Image,
    band: U8Image,
    frame: U8Image,
    down: _Axis,
    across: _Axis,
    likeness: npt.NDArray[np.float32],
    result: U8Image,
) -> None:
    """Write the result's pixels of the band: the mean of the four samples around each, by their weights."""
    rows, columns = matte.shape
    first_y, middle_y, before_y, after_y, past_y = down
    first_x, middle_x, before_x, after_x, past_x = across
    farthest = np.int32(likeness.size - 1)
    for row in range(rows):
        for column in range(columns):
            if band[row, column] == 0:
                continue
            for y in range(first_y[row], first_y[row + 1]):
                samples_y = before_y[y], after_y[y]
                near_y = np.float32(1) - past_y[y], past_y[y]
                for x in range(first_x[column], first_x[column + 1]):
                    samples_x = before_x[x], after_x[x]
                    near_x = np.float32(1) - past_x[x], past_x[x]
                    blue, green, red = frame[y, x, 0], frame[y, x, 1], frame[y, x, 2]
                    total, weights = np.float32(0), np.float32(0)
                    for below in range(2):
                        for beyond in range(2):
                            sample_y, sample_x = samples_y[below], samples_x[beyond]
                            there_y, there_x = middle_y[sample_y], middle_x[sample_x]
                            off_blue = np.int32(blue) - np.int32(frame[there_y, there_x, 0])
                            off_green = np.int32(green) - np.int32(frame[there_y, there_x, 1])
                            off_red = np.int32(red) - np.int32(frame[there_y, there_x, 2])
                            apart = off_blue * off_blue + off_green * off_green + off_red * off_red
                            weight = near_y[below] * near_x[beyond] * likeness[np.uintp(min(apart, farthest))]
                            weights += weight
                            total += weight * np.float32(matte[sample_y, sample_x])
                    result[y, x] = np.uint8(total / weights + np.float32(0.5))
