"""One step of the dual Kawase blur, to a smaller picture or to a larger one. Pure; any thread.

M. Bjørge, "Bandwidth-Efficient Rendering", SIGGRAPH 2015, with the samples farther apart (docs/effects.md).
All samples are bilinear, so lines are mixed, and pixels of these mixtures, or the other way round: that is
half the work of sampling one by one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled
from selfieseg_engine.composite.taps import Taps, taps_along

# Places of the distances that the steps ask taps for.
_AT, _NEAR, _FAR = 0, 1, 2

Sums = npt.NDArray[np.float32]
Line = npt.NDArray[np.float32]
Size = tuple[int, int]


def step_down(sums: Sums, size: Size, offset: float) -> Sums:
    """Return float32 HxWx4 sums at a smaller size = (width, height); ``offset`` is in pixels of ``sums``."""
    result = np.empty((size[1], size[0], 4), np.float32)
    _shrink(sums, *_taps(sums, size, (0.0, offset / 2)), result)
    return result


def step_up(sums: Sums, size: Size, offset: float) -> Sums:
    """Return float32 HxWx4 sums at a larger size = (width, height); ``offset`` is in pixels of ``sums``."""
    result = np.empty((size[1], size[0], 4), np.float32)
    _enlarge(sums, *_taps(sums, size, (0.0, offset / 2, offset)), result)
    return result


def _taps(sums: Sums, size: Size, distances: tuple[float, ...]) -> tuple[Taps, Taps]:
    rows, columns = sums.shape[:2]
    return taps_along(rows, size[1], distances), taps_along(columns, size[0], distances)


@compiled
def _shrink(sums: Sums, down: Taps, across: Taps, result: Sums) -> None:
    """The middle four times, the four diagonals once each."""
    middle, sides, corners = np.empty_like(sums[0]), np.empty_like(sums[0]), np.empty_like(result[0])
    for y in range(len(result)):
        middle[:] = 0
        sides[:] = 0
        _add_lines(middle, sums, down, _AT, y, np.float32(1 / 8))  # twice along and twice across
        _add_lines(sides, sums, down, _NEAR, y, np.float32(1 / 8))
        _sum_pixels(result[y], middle, across, _AT)
        _sum_pixels(corners, sides, across, _NEAR)
        result[y] += corners


@compiled
def _enlarge(sums: Sums, down: Taps, across: Taps, result: Sums) -> None:
    """The four diagonals twice, and once each what is twice as far left, right, above and below."""
    # Pixels first, in the few lines of the smaller picture: lines are what vectors are good at.
    size = (len(sums), result.shape[1], 4)
    near, middle, far = np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.float32)
    for y in range(len(sums)):
        _sum_pixels(near[y], sums[y], across, _NEAR)
        _sum_pixels(middle[y], sums[y], across, _AT)
        _sum_pixels(far[y], sums[y], across, _FAR)
    for y in range(len(result)):
        line = result[y]
        line[:] = 0
        _add_lines(line, near, down, _NEAR, y, np.float32(2 / 12))
        _add_lines(line, middle, down, _FAR, y, np.float32(1 / 24))  # the middle counts twice
        _add_lines(line, far, down, _AT, y, np.float32(1 / 24))


@compiled
def _add_lines(line: Line, sums: Sums, taps: Taps, distance: int, y: int, weight: np.float32) -> None:
    """Add to a line of pixels the weighed ones at both sides of its place, each between two of ``sums``."""
    first, second = 2 * distance, 2 * distance + 1
    total = line.ravel()
    before, after, shares = taps
    above, below = sums[before[first, y]].ravel(), sums[after[first, y]].ravel()
    of_below = weight * shares[first, y]
    of_above = weight - of_below
    next_above, next_below = sums[before[second, y]].ravel(), sums[after[second, y]].ravel()
    of_next_below = weight * shares[second, y]
    of_next_above = weight - of_next_below
    for x in range(total.size):
        sample = of_above * above[x] + of_below * below[x]
        total[x] += sample + (of_next_above * next_above[x] + of_next_below * next_below[x])


@compiled
def _sum_pixels(line: Line, source: Line, taps: Taps, distance: int) -> None:
    """Write to each pixel of a line the sum of those at both sides of its place, each between two."""
    first, second = 2 * distance, 2 * distance + 1
    all_before, all_after, all_shares = taps
    before, after, shares = all_before[first], all_after[first], all_shares[first]
    next_before, next_after, next_shares = all_before[second], all_after[second], all_shares[second]
    for x in range(shares.size):
        share, start, end = shares[x], source[before[x]], source[after[x]]
        next_share, next_start, next_end = next_shares[x], source[next_before[x]], source[next_after[x]]
        # All four before any is written: only then they are computed at once.
        b = _mixed(start, end, share, 0) + _mixed(next_start, next_end, next_share, 0)
        g = _mixed(start, end, share, 1) + _mixed(next_start, next_end, next_share, 1)
        r = _mixed(start, end, share, 2) + _mixed(next_start, next_end, next_share, 2)
        w = _mixed(start, end, share, 3) + _mixed(next_start, next_end, next_share, 3)
        pixel = line[x]
        pixel[0], pixel[1], pixel[2], pixel[3] = b, g, r, w


@compiled
def _mixed(start: Line, end: Line, share: np.float32, channel: int) -> np.float32:
    return np.float32(start[channel] + share * (end[channel] - start[channel]))
