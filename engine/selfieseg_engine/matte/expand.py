"""Grows and shrinks the person. Pure; any thread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

_GRID_ROWS = 360
_REFERENCE_ROWS = 1080
# The sides of an octagon of radius 1: half of the straight one, and what a diagonal one adds.
_ALONG_AXES, _ALONG_DIAGONALS = math.sqrt(2) - 1, 1 - math.sqrt(0.5)
_DIRECTIONS = ((1, 0, _ALONG_AXES), (0, 1, _ALONG_AXES), (1, 1, _ALONG_DIAGONALS), (1, -1, _ALONG_DIAGONALS))


def expand_mask(mask: npt.NDArray[Any], size: tuple[int, int], expand: float) -> npt.NDArray[Any]:
    """Return the mask, grown by ``expand`` pixels of a frame 1080 rows high (shrunk where negative).

    As docs/effects.md says, on a grid of its own: uint8, 360 rows at most. At 0 the mask itself is returned.

    Args:
        mask: HxW, float32 in 0…1 or uint8.
        size: the frame's (width, height).
        expand: −20…20.
    """
    if expand == 0:
        return mask
    columns, rows = grid_size(size)
    grid = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_LINEAR)
    grown = grid if grid.dtype == np.uint8 else np.rint(grid * np.float32(255)).astype(np.uint8)
    radius = abs(expand) / _REFERENCE_ROWS * rows
    for dx, dy, side in _DIRECTIONS:
        grown = _spread(grown, dx, dy, side * radius, shrink=expand < 0)
    return np.asarray(grown, np.uint8)


def grid_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return columns and rows of the grid on which the mask of a frame of ``size`` is grown."""
    width, height = size
    rows = min(_GRID_ROWS, height)
    return max(1, math.floor(width * rows / height + 0.5)), rows


def _spread(grid: Any, dx: int, dy: int, length: float, shrink: bool) -> Any:
    """Take the maximum (minimum) along ± the direction: at every whole step up to ``length``, and there."""
    whole = min(3, math.floor(length))
    line = np.zeros((2 * whole + 1, 2 * whole + 1), np.uint8)
    for step in range(-whole, whole + 1):
        line[whole + step * dy, whole + step * dx] = 1
    morph, pick = (cv2.erode, cv2.min) if shrink else (cv2.dilate, cv2.max)
    most = morph(grid, line, borderType=cv2.BORDER_REPLICATE)
    if whole < length:
        for kernel in _end_kernels(dx, dy, min(length, 3.0)):
            most = pick(most, cv2.filter2D(grid, -1, kernel, borderType=cv2.BORDER_REPLICATE))
    return most


def _end_kernels(dx: int, dy: int, length: float) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the two kernels that sample bilinearly at ± ``length`` · (dx, dy)."""
    reach = math.ceil(length)
    steps = np.arange(-reach, reach + 1)
    for sign in (1, -1):
        along_x = np.maximum(0, 1 - np.abs(steps - sign * length * dx))
        along_y = np.maximum(0, 1 - np.abs(steps - sign * length * dy))
        yield np.outer(along_y, along_x).astype(np.float32)
