"""One step of the dual Kawase blur, to a smaller picture or to a larger one. Pure; any thread.

M. Bjørge, "Bandwidth-Efficient Rendering", SIGGRAPH 2015, with the samples farther apart (docs/effects.md).
All samples are bilinear, so lines are mixed, and pixels of these mixtures, or the other way round: that is
half the work of sampling one by one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled

Sums = npt.NDArray[np.float32]
Line = npt.NDArray[np.float32]
Size = tuple[int, int]


def step_down(sums: Sums, size: Size, offset: float) -> Sums:
    """Return float32 HxWx4 sums at a smaller size = (width, height); ``offset`` is in pixels of ``sums``."""
    result = np.empty((size[1], size[0], 4), np.float32)
    _step_down(sums, *_taps(sums, size, (0.0, offset / 2)), result)
    return result


def step_up(sums: Sums, size: Size, offset: float) -> Sums:
    """Return float32 HxWx4 sums at a larger size = (width, height); ``offset`` is in pixels of ``sums``."""
    result = np.empty((size[1], size[0], 4), np.float32)
    _step_up(sums, *_taps(sums, size, (0.0, offset / 2, offset)), result)
    return result


class _Taps(NamedTuple):
    """Where samples lie along one side, for each distance ``d`` first at −d, then at +d: 2nxlength.

    Attributes:
        before: int32, the pixel before the sample, within the side.
        after: int32, the one after it.
        share: float32, how much of that one counts.
    """

    before: npt.NDArray[np.int32]
    after: npt.NDArray[np.int32]
    share: npt.NDArray[np.float32]


def _taps(sums: Sums, size: Size, distances: tuple[float, ...]) -> tuple[_Taps, _Taps]:
    rows, columns = sums.shape[:2]
    return _taps_along(rows, size[1], distances), _taps_along(columns, size[0], distances)


@lru_cache(maxsize=32)
def _taps_along(count: int, length: int, distances: tuple[float, ...]) -> _Taps:
    """Return the taps of ``length`` pixels in a side of ``count``, which goes on as it ends."""
    middle = (np.arange(length) + 0.5) * (count / length) - 0.5
    places = np.stack([middle + sign * distance for distance in distances for sign in (-1, 1)])
    before = np.floor(places)
    return _Taps(
        np.clip(before, 0, count - 1).astype(np.int32),
        np.clip(before + 1, 0, count - 1).astype(np.int32),
        (places - before).astype(np.float32),
    )


@compiled
def _step_down(sums: Sums, down: _Taps, across: _Taps, result: Sums) -> None:
    """The middle four times, the four diagonals once each."""
    middle, sides = np.empty_like(sums[0]), np.empty_like(sums[0])
    for y in range(len(result)):
        middle[:] = 0
        sides[:] = 0
        _add_line(middle, sums, down, 0, y, np.float32(4 / 8))
        _add_line(sides, sums, down, 2, y, np.float32(1 / 8))
        _add_line(sides, sums, down, 3, y, np.float32(1 / 8))
        line = result[y]
        line[:] = 0
        _add_pixels(line, middle, across, 0)
        _add_pixels(line, sides, across, 2)
        _add_pixels(line, sides, across, 3)


@compiled
def _step_up(sums: Sums, down: _Taps, across: _Taps, result: Sums) -> None:
    """The four diagonals twice, and once each what is twice as far left, right, above and below."""
    # Pixels first, in the few lines of the smaller picture: lines are what vectors are good at.
    size = (len(sums), result.shape[1], 4)
    near, middle, far = np.zeros(size, np.float32), np.zeros(size, np.float32), np.zeros(size, np.float32)
    for y in range(len(sums)):
        _add_pixels(near[y], sums[y], across, 2)
        _add_pixels(near[y], sums[y], across, 3)
        _add_pixels(far[y], sums[y], across, 4)
        _add_pixels(far[y], sums[y], across, 5)
        _add_pixels(middle[y], sums[y], across, 0)
    for y in range(len(result)):
        line = result[y]
        line[:] = 0
        _add_line(line, near, down, 2, y, np.float32(2 / 12))
        _add_line(line, near, down, 3, y, np.float32(2 / 12))
        _add_line(line, far, down, 0, y, np.float32(1 / 12))
        _add_line(line, middle, down, 4, y, np.float32(1 / 12))
        _add_line(line, middle, down, 5, y, np.float32(1 / 12))


@compiled
def _add_line(line: Line, sums: Sums, taps: _Taps, tap: int, y: int, weight: np.float32) -> None:
    """Add the weighted line between two of ``sums`` to a line of pixels of four numbers each."""
    total, above, below = line.ravel(), sums[taps.before[tap, y]].ravel(), sums[taps.after[tap, y]].ravel()
    of_below = weight * taps.share[tap, y]
    of_above = weight - of_below
    for x in range(total.size):
        total[x] += of_above * above[x] + of_below * below[x]


@compiled
def _add_pixels(line: Line, source: Line, taps: _Taps, tap: int) -> None:
    """Add to each pixel of a line the mixture of two of the source's."""
    before, after, shares = taps.before[tap], taps.after[tap], taps.share[tap]
    for x in range(shares.size):
        start, end, share = source[before[x]], source[after[x]], shares[x]
        pixel = line[x]
        for channel in range(4):
            pixel[channel] += start[channel] + share * (end[channel] - start[channel])
