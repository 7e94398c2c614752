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

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled
from selfieseg_engine.matte.window_means import window_means

F32Image = npt.NDArray[np.float32]
# Of one view: CxHxW, or pixel by pixel CxN.
Planes = npt.NDArray[np.float32]
Plane = npt.NDArray[np.float32]
Places = npt.NDArray[np.uintp]


@dataclass(frozen=True)
class LinearMask:
    """A mask as a linear function of the guide's colour at each pixel.

    Attributes:
        planes: float32 4xHxW: what the three colours are multiplied with, and what is added.
    """

    planes: Planes

    def over(self, guide: npt.NDArray[Any]) -> F32Image:
        """Return the mask (float32 hxw, not clamped) of a guide of the same view.

        The guide is hxwxC, C ≥ 3, float32 in 0…1 or uint8; a fourth channel is passed over.
        """
        height, width = guide.shape[:2]
        scale = np.float32(1 / 255 if guide.dtype == np.uint8 else 1)
        mask = np.empty((height, width), np.float32)
        _, lines, columns = self.planes.shape
        _apply(self.planes, guide, scale, _samples(height, lines), _samples(width, columns), mask)
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
        self._shape = guide.shape[:2]
        self._moments = _moments(*(np.asarray(each, np.float32).reshape(-1) for each in cv2.split(guide)))
        self._means = self._windowed(self._moments)
        self._inverse = _inverse_covariance(self._means, np.float32(epsilon))

    def fit(self, mask: F32Image) -> LinearMask:
        """Return the linear function that fits a mask (float32 HxW) best in every window, averaged."""
        return LinearMask(self._fitted(mask).reshape(4, *self._shape))

    def filtered(self, mask: F32Image) -> F32Image:
        """Return ``fit(mask)`` over the guide itself: float32 HxW, not clamped."""
        return _values(self._fitted(mask), self._moments).reshape(self._shape)

    def _fitted(self, mask: F32Image) -> Planes:
        means = self._windowed(_weighed(self._moments, np.ascontiguousarray(mask).reshape(-1)))
        return self._windowed(_solve(self._means, self._inverse, means))

    def _windowed(self, planes: Planes) -> Planes:
        """Return the means over the windows: CxN, as ``planes``."""
        return window_means(planes.reshape(-1, *self._shape), self._radius).reshape(planes.shape)


# For each pixel of a line the sample before it, the one after it, and how far past the first it is. Places
# are unsigned: of signed ones Numba asks at every access whether they count from the end.
_Samples = tuple[Places, Places, F32Image]


@lru_cache(maxsize=16)
def _samples(length: int, count: int) -> _Samples:
    """Return those of ``length`` pixels among ``count`` samples.

    As OpenCV's bilinear resizing has it: beyond the outermost samples these count alone.
    """
    place = np.clip((np.arange(length) + 0.5) * (count / length) - 0.5, 0, count - 1)
    before = place.astype(np.uintp)
    return before, np.minimum(before + 1, count - 1).astype(np.uintp), (place - before).astype(np.float32)


# What follows goes through whole planes, which have names: so the compiler can tell that they are apart, and
# takes many pixels at once. (Of planes that alternate line by line it cannot, nor of those that are unpacked
# from an array in one go.)


@compiled
def _moments(red: Plane, green: Plane, blue: Plane) -> Planes:
    """Return 9xN: the three colours, and their products 00, 01, 02, 11, 12, 22."""
    planes = np.empty((9, red.size), np.float32)
    planes[0], planes[1], planes[2] = red, green, blue
    rr, rg, rb, gg, gb, bb = planes[3], planes[4], planes[5], planes[6], planes[7], planes[8]
    for i in range(red.size):
        r, g, b = red[i], green[i], blue[i]
        rr[i], rg[i], rb[i] = r * r, r * g, r * b
        gg[i], gb[i], bb[i] = g * g, g * b, b * b
    return planes


@compiled
def _weighed(moments: Planes, mask: Plane) -> Planes:
    """Return 4xN: the three colours times the mask, and the mask."""
    planes = np.empty((4, mask.size), np.float32)
    red, green, blue = moments[0], moments[1], moments[2]
    reds, greens, blues, levels = planes[0], planes[1], planes[2], planes[3]
    for i in range(mask.size):
        level = mask[i]
        reds[i], greens[i], blues[i], levels[i] = red[i] * level, green[i] * level, blue[i] * level, level
    return planes


@compiled
def _inverse_covariance(means: Planes, epsilon: np.float32) -> Planes:
    """Return 6xN: the inverse of each window's 3x3 covariance plus epsilon: 00, 01, 02, 11, 12, 22."""
    planes = np.empty((6, means.shape[1]), np.float32)
    red, green, blue = means[0], means[1], means[2]
    mean_rr, mean_rg, mean_rb = means[3], means[4], means[5]
    mean_gg, mean_gb, mean_bb = means[6], means[7], means[8]
    i00, i01, i02, i11, i12, i22 = planes[0], planes[1], planes[2], planes[3], planes[4], planes[5]
    for i in range(means.shape[1]):
        r, g, b = red[i], green[i], blue[i]
        rr, rg, rb = mean_rr[i] - r * r + epsilon, mean_rg[i] - r * g, mean_rb[i] - r * b
        gg, gb, bb = mean_gg[i] - g * g + epsilon, mean_gb[i] - g * b, mean_bb[i] - b * b + epsilon
        c00, c01, c02 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
        scale = np.float32(1) / (rr * c00 + rg * c01 + rb * c02)
        i00[i], i01[i], i02[i] = c00 * scale, c01 * scale, c02 * scale
        i11[i] = (rr * bb - rb * rb) * scale
        i12[i] = (rb * rg - rr * gb) * scale
        i22[i] = (rr * gg - rg * rg) * scale
    return planes


@compiled
def _solve(guides: Planes, inverse: Planes, masks: Planes) -> Planes:
    """Return 4xN, every window's own function, from the means of ``_moments`` and of ``_weighed``."""
    planes = np.empty(masks.shape, np.float32)
    red, green, blue = guides[0], guides[1], guides[2]
    i00, i01, i02 = inverse[0], inverse[1], inverse[2]
    i11, i12, i22 = inverse[3], inverse[4], inverse[5]
    reds, greens, blues, levels = masks[0], masks[1], masks[2], masks[3]
    by_red, by_green, by_blue, offset = planes[0], planes[1], planes[2], planes[3]
    for i in range(masks.shape[1]):
        level = levels[i]
        r, g, b = reds[i] - red[i] * level, greens[i] - green[i] * level, blues[i] - blue[i] * level
        by_r = i00[i] * r + i01[i] * g + i02[i] * b
        by_g = i01[i] * r + i11[i] * g + i12[i] * b
        by_b = i02[i] * r + i12[i] * g + i22[i] * b
        by_red[i], by_green[i], by_blue[i] = by_r, by_g, by_b
        offset[i] = level - by_r * red[i] - by_g * green[i] - by_b * blue[i]
    return planes


@compiled
def _values(function: Planes, moments: Planes) -> Plane:
    """Return the function's value at each pixel of its own guide (N), from that one's ``_moments``."""
    red, green, blue = moments[0], moments[1], moments[2]
    by_red, by_green, by_blue, offset = function[0], function[1], function[2], function[3]
    values = np.empty(offset.size, np.float32)
    for i in range(offset.size):
        values[i] = offset[i] + by_red[i] * red[i] + by_green[i] * green[i] + by_blue[i] * blue[i]
    return values


@compiled
def _apply(
    function: Planes,
    guide: npt.NDArray[Any],
    scale: np.float32,
    down: _Samples,
    across: _Samples,
    mask: F32Image,
) -> None:
    """Write the function's value at each pixel of the guide, the function stretched bilinearly."""
    above, below, past_y = down
    before, after, past_x = across
    line = np.empty((4, function.shape[2]), np.float32)
    by_red, by_green, by_blue, offset = line[0], line[1], line[2], line[3]
    for y in range(len(mask)):
        for plane in range(4):
            factor = np.float32(1) if plane == 3 else scale
            stretched = line[plane]
            start, end, share = function[plane, above[y]], function[plane, below[y]], past_y[y]
            for x in range(stretched.size):
                stretched[x] = factor * (start[x] + share * (end[x] - start[x]))
        pixels, levels = guide[y], mask[y]
        for x in range(levels.size):
            left, right, share = before[x], after[x], past_x[x]
            level = _between(offset, left, right, share)
            level += np.float32(pixels[x, 0]) * _between(by_red, left, right, share)
            level += np.float32(pixels[x, 1]) * _between(by_green, left, right, share)
            levels[x] = level + np.float32(pixels[x, 2]) * _between(by_blue, left, right, share)


@compiled
def _between(line: npt.NDArray[np.float32], left: int, right: int, share: np.float32) -> np.float32:
    return np.float32(line[left] + share * (line[right] - line[left]))
