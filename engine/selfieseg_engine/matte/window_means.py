"""The mean of every pixel's square window. Pure; any thread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled

Rows = npt.NDArray[np.float32]
Line = npt.NDArray[np.float32]


@compiled
def window_means(rows: Rows, radius: int) -> Rows:
    """Return the means over windows of ``2 * radius + 1`` pixels on each side: float32, HxCxW as ``rows``.

    Beyond its border a plane goes on mirrored, the outermost pixels twice (OpenCV's BORDER_REFLECT).
    """
    height, channels, width = rows.shape
    side = 2 * radius + 1
    share = np.float32(1) / np.float32(side * side)
    means = np.empty_like(rows)
    columns = np.zeros((channels, width), np.float32)
    sums, doubled = np.empty(width + 2 * radius, np.float32), np.empty(width + 2 * radius, np.float32)
    for step in range(-radius, radius + 1):
        columns += rows[_mirrored(step, height)]
    for y in range(height):
        comes, goes = rows[_mirrored(y + radius + 1, height)], rows[_mirrored(y - radius, height)]
        for channel in range(channels):
            column = columns[channel]
            sums[radius : radius + width] = column
            for step in range(radius):
                sums[radius - 1 - step] = column[_mirrored(-1 - step, width)]
                sums[radius + width + step] = column[_mirrored(width + step, width)]
            _sum_along(sums, doubled, side, means[y, channel])
            _scale(means[y, channel], share)
            _replace(column, comes[channel], goes[channel])
    return means


@compiled
def _sum_along(sums: Line, doubled: Line, side: int, result: Line) -> None:
    """Write the sums of ``side`` neighbours, put together of sums of 1, 2, 4 …; overwrites both lines."""
    result[:] = 0
    done, step = 0, 1
    while True:
        if side & step:
            ahead = sums[done : done + result.size]
            for x in range(result.size):
                result[x] += ahead[x]
            done += step
        if done == side:
            return
        ahead = sums[step:]
        for x in range(ahead.size):
            doubled[x] = sums[x] + ahead[x]
        sums, doubled = doubled, sums
        step *= 2


@compiled
def _scale(line: Line, share: np.float32) -> None:
    for x in range(line.size):
        line[x] *= share


@compiled
def _replace(column: Line, comes: Line, goes: Line) -> None:
    for x in range(column.size):
        column[x] += comes[x] - goes[x]


@compiled
def _mirrored(index: int, length: int) -> int:
    """Return the place, in a line of ``length``, of an index that may lie beyond it."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index
