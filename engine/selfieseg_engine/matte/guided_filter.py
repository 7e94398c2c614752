"""The guided filter with a colour guide. Pure; any thread.

K. He, J. Sun, X. Tang, "Guided Image Filtering", ECCV 2010 and TPAMI 35(6), 2013 (equations 14 to 16 for a
colour guide): in every window the filtered mask is taken for a linear function of the guide's colour. The
coefficients may be found on a small copy and used with a larger guide: K. He, J. Sun, "Fast Guided Filter",
arXiv:1505.00996, 2015.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled
from selfieseg_engine.matte.window_means import window_means

F32Image = npt.NDArray[np.float32]
# Of several planes, line by line: HxCxW.
Rows = npt.NDArray[np.float32]
Line = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LinearMask:
    """A mask as a linear function of the guide's colour at each pixel.

    Attributes:
        rows: float32 Hx4xW: in each line what the three colours are multiplied with, and what is added.
    """

    rows: Rows

    def over(self, guide: npt.NDArray[Any]) -> F32Image:
        """Return the mask (float32 hxw, not clamped) of a guide of the same view.

        The guide is hxwxC, C ≥ 3, float32 in 0…1 or uint8; a fourth channel is passed over.
        """
        height, width = guide.shape[:2]
        scale = np.float32(1 / 255 if guide.dtype == np.uint8 else 1)
        mask = np.empty((height, width), np.float32)
        lines, _, columns = self.rows.shape
        _apply(self.rows, guide, scale, *_samples(height, lines), *_samples(width, columns), mask)
        return mask


class GuidedFilter:
    """The guide's part of the filter, done once for as many masks as are filtered with it.

    Args:
        guide: float32 HxWx3 in 0…1, in any order of colours.
        radius: of the square windows, in pixels.
        epsilon: the variance (in squared units of the guide) below which a window counts as flat.
    """

    def __init__(self, guide: F32Image, radius: int, epsilon: float) -> None:
        self._radius = radius
        self._moments = _moments(guide)
        self._means = window_means(self._moments, radius)
        self._inverse = _inverse_covariance(self._means, np.float32(epsilon))

    def fit(self, mask: F32Image) -> LinearMask:
        """Return the linear function that fits a mask (float32 HxW) best in every window, averaged."""
        return LinearMask(self._fitted(mask))

    def filtered(self, mask: F32Image) -> F32Image:
        """Return ``fit(mask)`` over the guide itself: float32 HxW, not clamped."""
        return _values(self._fitted(mask), self._moments)

    def _fitted(self, mask: F32Image) -> Rows:
        means = window_means(_weighed(self._moments, np.ascontiguousarray(mask)), self._radius)
        return window_means(_solve(self._means, self._inverse, means), self._radius)


@lru_cache(maxsize=16)
def _samples(length: int, count: int) -> tuple[npt.NDArray[np.int32], F32Image]:
    """Return for each pixel of a line which of ``count`` samples lies before it, and how far past that it is.

    As OpenCV's bilinear resizing has it: beyond the outermost samples these count alone.
    """
    place = np.clip((np.arange(length) + 0.5) * (count / length) - 0.5, 0, count - 1)
    before = np.minimum(place.astype(np.int32), max(0, count - 2))
    return before, (place - before).astype(np.float32)


# What follows goes line by line, through lines that have names, and through few of them at a time where that
# is quicker: so the compiler can see that they are apart, and take many pixels at once.


@compiled
def _moments(guide: F32Image) -> Rows:
    """Return Hx9xW: the three colours, and their products 00, 01, 02, 11, 12, 22."""
    height, width = guide.shape[:2]
    rows = np.empty((height, 9, width), np.float32)
    for y in range(height):
        line = rows[y]
        for colour in range(3):
            plain = line[colour]
            for x in range(width):
                plain[x] = guide[y, x, colour]
        product = 3
        for first in range(3):
            for second in range(first, 3):
                one, other, both = line[first], line[second], line[product]
                for x in range(width):
                    both[x] = one[x] * other[x]
                product += 1
    return rows


@compiled
def _weighed(moments: Rows, mask: F32Image) -> Rows:
    """Return Hx4xW: the three colours times the mask, and the mask."""
    height, width = mask.shape
    rows = np.empty((height, 4, width), np.float32)
    for y in range(height):
        level, (red, green, blue) = mask[y], moments[y, :3]
        reds, greens, blues, plain = rows[y]
        for x in range(width):
            reds[x], greens[x], blues[x] = red[x] * level[x], green[x] * level[x], blue[x] * level[x]
            plain[x] = level[x]
    return rows


@compiled
def _inverse_covariance(means: Rows, epsilon: np.float32) -> Rows:
    """Return Hx6xW: the inverse of each window's 3x3 covariance plus epsilon: 00, 01, 02, 11, 12, 22."""
    height, _, width = means.shape
    rows = np.empty((height, 6, width), np.float32)
    for y in range(height):
        red, green, blue, mean_rr, mean_rg, mean_rb, mean_gg, mean_gb, mean_bb = means[y]
        i00, i01, i02, i11, i12, i22 = rows[y]
        for x in range(width):
            r, g, b = red[x], green[x], blue[x]
            rr, rg, rb = mean_rr[x] - r * r + epsilon, mean_rg[x] - r * g, mean_rb[x] - r * b
            gg, gb, bb = mean_gg[x] - g * g + epsilon, mean_gb[x] - g * b, mean_bb[x] - b * b + epsilon
            c00, c01, c02 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
            scale = np.float32(1) / (rr * c00 + rg * c01 + rb * c02)
            i00[x], i01[x], i02[x] = c00 * scale, c01 * scale, c02 * scale
            i11[x] = (rr * bb - rb * rb) * scale
            i12[x] = (rb * rg - rr * gb) * scale
            i22[x] = (rr * gg - rg * rg) * scale
    return rows


@compiled
def _solve(guides: Rows, inverse: Rows, masks: Rows) -> Rows:
    """Return Hx4xW, every window's own function, from the means of ``_moments`` and of ``_weighed``."""
    height, _, width = masks.shape
    rows = np.empty((height, 4, width), np.float32)
    for y in range(height):
        red, green, blue = guides[y, :3]
        i00, i01, i02, i11, i12, i22 = inverse[y]
        reds, greens, blues, levels = masks[y]
        by_red, by_green, by_blue, offset = rows[y]
        for x in range(width):
            level = levels[x]
            r, g, b = reds[x] - red[x] * level, greens[x] - green[x] * level, blues[x] - blue[x] * level
            by_r = i00[x] * r + i01[x] * g + i02[x] * b
            by_g = i01[x] * r + i11[x] * g + i12[x] * b
            by_b = i02[x] * r + i12[x] * g + i22[x] * b
            by_red[x], by_green[x], by_blue[x] = by_r, by_g, by_b
            offset[x] = level - by_r * red[x] - by_g * green[x] - by_b * blue[x]
    return rows


@compiled
def _values(function: Rows, moments: Rows) -> F32Image:
    """Return the function's value at each pixel of its own guide, from that one's ``_moments``."""
    height, _, width = function.shape
    mask = np.empty((height, width), np.float32)
    for y in range(height):
        level, (red, green, blue) = mask[y], moments[y, :3]
        by_red, by_green, by_blue, offset = function[y]
        for x in range(width):
            level[x] = offset[x] + by_red[x] * red[x] + by_green[x] * green[x] + by_blue[x] * blue[x]
    return mask


@compiled
def _apply(
    function: Rows,
    guide: npt.NDArray[Any],
    scale: np.float32,
    above: npt.NDArray[np.int32],
    past_y: F32Image,
    before: npt.NDArray[np.int32],
    past_x: F32Image,
    mask: F32Image,
) -> None:
    """Write the function's value at each pixel of the guide, the function stretched bilinearly."""
    height, width = mask.shape
    rows, _, columns = function.shape
    line = np.empty((4, columns), np.float32)
    for y in range(height):
        top, below = function[above[y]], function[min(above[y] + 1, rows - 1)]
        for plane in range(4):
            factor = np.float32(1) if plane == 3 else scale
            stretched, start, end = line[plane], top[plane], below[plane]
            for x in range(columns):
                stretched[x] = factor * (start[x] + past_y[y] * (end[x] - start[x]))
        for x in range(width):
            left, right, part = before[x], min(before[x] + 1, columns - 1), past_x[x]
            level = line[3, left] + part * (line[3, right] - line[3, left])
            for channel in range(3):
                weight = line[channel, left] + part * (line[channel, right] - line[channel, left])
                level += weight * np.float32(guide[y, x, channel])
            mask[y, x] = level
