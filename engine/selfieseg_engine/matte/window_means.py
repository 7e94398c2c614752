"""The mean of every pixel's square window. Pure; any thread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled

Planes = npt.NDArray[np.float32]
Line = npt.NDArray[np.float32]


@compiled
def window_means(planes: Planes, radius: int) -> Planes:
    """Return the means over windows of ``2 * radius + 1`` pixels on each side: float32 CxHxW, as ``planes``.

    Beyond its border a plane goes on mirrored, the outermost pixels twice (OpenCV's BORDER_REFLECT).
    """
    channels, height, width = planes.shape
    side = 2 * radius + 1
    share = np.float32(1) / np.float32(side * side)
    means = np.empty_like(planes)
    # Of every column the sum of ``side`` pixels, and beyond its ends the line's mirror image.
    sums = np.empty(width + 2 * radius, np.float32)
    columns = sums[radius : radius + width]
    for channel in range(channels):
        plane = planes[channel]
        columns[:] = 0
        for step in range(-radius, radius + 1):
            columns += plane[_mirrored(step, height)]
        for y in range(height):
            for step in range(radius):
                sums[radius - 1 - step] = columns[_mirrored(step, width)]
                sums[radius + width + step] = columns[_mirrored(width + step, width)]
            _sum_along(sums, side, share, means[channel, y])
            comes, goes = plane[_mirrored(y + radius + 1, height)], plane[_mirrored(y - radius, height)]
            _replace(columns, comes, goes)
    return means


@compiled
def _sum_along(sums: Line, side: int, share: np.float32, result: Line) -> None:
    """Write ``share`` of the sum of every ``side`` neighbours; three at a time, for fewer ways to memory."""
    result[:] = 0
    done = 0
    while done + 3 <= side:
        first, second, third = sums[done:], sums[done + 1 :], sums[done + 2 :]
        for x in range(result.size):
            result[x] += share * (first[x] + second[x] + third[x])
        done += 3
    for step in range(done, side):
        ahead = sums[step:]
        for x in range(result.size):
            result[x] += share * ahead[x]


@compiled
def _replace(columns: Line, comes: Line, goes: Line) -> None:
    for x in range(columns.size):
        columns[x] += comes[x] - goes[x]


@compiled
def _mirrored(index: int, length: int) -> int:
    """Return the place, in a line of ``length``, of an index that may lie beyond it."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index
