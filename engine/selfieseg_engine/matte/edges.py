"""Moves a mask's edge to where the picture has one. Pure; any thread.

The guided filter (see there) is used twice: what it gives is made steeper and filtered again, so that the
edge settles on the picture's. Radius, epsilon and steepness are those with the least error against true
mattes of photos, among 36 that were tried.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.matte.guided_filter import F32Image, GuidedFilter
from selfieseg_engine.matte.levels import as_probability
from selfieseg_engine.matte.resize import colours_of, stretch

Size = tuple[int, int]

_RADIUS = 4
_EPSILON = 1e-4
_FIRST_STEEPNESS = 1.3
_LAST_STEEPNESS = 1.3
# What is made steeper so ends as nothing below 0.2. Where a mask is below a quarter of that, and farther from
# anything above than the windows of both filters reach, in cells, there is nothing to filter. Whole columns
# are left out, never rows: sums run down the columns, and begun elsewhere they would be rounded otherwise.
_NOBODY = 0.05
_REACH = 4 * _RADIUS
# The filter works on a copy of at most so many pixels: its cost, and its windows, are those of the mask.
_GRID_PIXELS = 256 * 256
_STREAM_GRID_PIXELS = 256 * 144


def refine_edges(mask: npt.NDArray[Any], work_frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the matte of a work frame: uint8, of its size.

    Args:
        mask: hxw of any size, float32 in 0…1 or uint8.
        work_frame: uint8 HxWxC of any size, C ≥ 3; a fourth channel is passed over.
    """
    coarse = stretch(as_probability(mask), grid_size(mask.shape[1::-1]))
    height, width = work_frame.shape[:2]
    matte = np.zeros((height, width), np.uint8)
    somebody = np.flatnonzero((coarse > _NOBODY).any(axis=0))
    if somebody.size:
        cells, pixels = _reached(somebody, coarse.shape[1], width)
        matte[:, pixels] = _refined(coarse[:, cells], np.ascontiguousarray(work_frame[:, pixels]))
    return matte


def grid_size(mask_size: Size) -> Size:
    """Return the (width, height) that edges and motion are computed at: the mask's own where it is small."""
    width, height = mask_size
    scale = min(1.0, math.sqrt(_GRID_PIXELS / (width * height)))
    return max(1, round(width * scale)), max(1, round(height * scale))


def stream_grid_size(mask_size: Size, picture_size: Size) -> Size:
    """Return the grid for the edges of a stream of pictures: of 4:3 no more than 222x166, of 16:9 256x144.

    No finer than is worth its cost: in moving sequences with true mattes a square model's 256x256 for
    pictures of 16:9 gives no better ones, at a quarter more.
    """
    width, height = grid_size(mask_size)
    scale = math.sqrt(_STREAM_GRID_PIXELS / (picture_size[0] * picture_size[1]))
    return (
        min(width, max(1, round(picture_size[0] * scale))),
        min(height, max(1, round(picture_size[1] * scale))),
    )


def _reached(somebody: npt.NDArray[np.intp], cells: int, pixels: int) -> tuple[slice, slice]:
    """Return the columns that the filter can change, by those with somebody: cells, and the same in pixels.

    They begin and end where a cell does and a pixel does, too.
    """
    shared = math.gcd(cells, pixels)
    cells_each, pixels_each = cells // shared, pixels // shared
    first = max(0, int(somebody[0]) - _REACH) // cells_each
    end = math.ceil(min(cells, int(somebody[-1]) + 1 + _REACH) / cells_each)
    return slice(first * cells_each, end * cells_each), slice(first * pixels_each, end * pixels_each)


def _refined(coarse: F32Image, work_frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the matte (uint8 HxW) of a mask on the grid and a work frame, or of the same part of both."""
    coarse_guide = stretch(colours_of(work_frame), coarse.shape[1::-1]).astype(np.float32)
    edges = GuidedFilter(coarse_guide * np.float32(1 / 255), _RADIUS, _EPSILON)
    once = _steeper(edges.filtered(coarse), _FIRST_STEEPNESS)
    matte = edges.fit(once).over(work_frame)
    # 255 · ((m − ½) · steepness + ½), clamped below; convertScaleAbs clamps above and rounds.
    np.maximum(matte, np.float32(0.5 - 0.5 / _LAST_STEEPNESS), out=matte)
    return np.asarray(
        cv2.convertScaleAbs(matte, alpha=255 * _LAST_STEEPNESS, beta=127.5 * (1 - _LAST_STEEPNESS)), np.uint8
    )


def _steeper(mask: F32Image, steepness: float) -> F32Image:
    steep = (mask - np.float32(0.5)) * np.float32(steepness) + np.float32(0.5)
    return np.clip(steep, 0, 1, out=steep)
