"""Blurs the background without the person in it: dual Kawase, as docs/effects.md says. Pure; any thread.

A plain blur smears the person's colours around the person (a halo). Here every pixel counts by how much
of it is background: the weighted frame and the weights are blurred alike, then divided.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled
from selfieseg_engine.composite.kawase import Sums, step_down, step_up
from selfieseg_engine.composite.taps import Taps, taps_along
from selfieseg_engine.composite.weighed import mean_weighed

_LEVELS = 6  # level i is the frame's size divided by 2^i
_MAX_SPREAD = 2**6.5  # of strength 100, in pixels of a frame 1080 rows high
_MIN_SPREAD = 2**1.01
_REFERENCE_ROWS = 1080
# A pixel counts as background only where it hardly is person: the matte is soft, and a little late.
_WEIGHT_OF_MATTE = ((1 - np.linspace(0, 1, 256)) ** 4).astype(np.float32)
_NO_WEIGHT = 1e-4

Level = TypeVar("Level", np.uint8, np.uint16)


@dataclass(frozen=True)
class BlurPlan:
    """From which level to which, and how far apart the samples are, in pixels of the level that is read."""

    first: int
    deepest: int
    offset: float


def plan_blur(strength: float, height: int) -> BlurPlan:
    """Return the plan for ``strength`` 1…100 in a frame of ``height`` rows.

    A strong blur starts from a smaller picture, so it costs no more than a weak one.
    """
    octave = math.log2(max(_MIN_SPREAD, _MAX_SPREAD * strength / 100 * height / _REFERENCE_ROWS))
    deepest = min(_LEVELS, math.floor(octave))
    return BlurPlan(max(1, deepest - 2), deepest, 2 ** (octave - deepest))


def level_size(size: tuple[int, int], level: int) -> tuple[int, int]:
    """Return (width, height) of a level of a frame of ``size``."""
    return max(1, size[0] >> level), max(1, size[1] >> level)


def blur_background(
    frame_bgr: npt.NDArray[Level], matte: npt.NDArray[np.uint8], strength: float
) -> npt.NDArray[Level]:
    """Return the HxWx3 BGR background, blurred; the person's place is filled from around it.

    Args:
        frame_bgr: uint8 or uint16 HxWx3; the result is of the same type.
        matte: uint8 HxW, 255 = person, whose colour does not count.
        strength: 0…100; 0 returns the frame as it is.
    """
    if strength <= 0:
        return frame_bgr
    small = blur_small(frame_bgr, matte, strength)
    blurred = cv2.resize(small, frame_bgr.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(blurred, frame_bgr.dtype)


def blur_small(
    frame_bgr: npt.NDArray[Level], matte: npt.NDArray[np.uint8], strength: float
) -> npt.NDArray[Level]:
    """Return what ``blur_background`` stretches, for a strength above 0: a small picture of the same type."""
    height, width = frame_bgr.shape[:2]
    size = (width, height)
    plan = plan_blur(strength, height)
    # The samples at ± 2^first / 4 frame pixels are the middles of a cell's quarters; where the size is no
    # multiple of 2^first those lie a small part of a pixel farther out.
    sums = mean_weighed(frame_bgr, matte, _WEIGHT_OF_MATTE, level_size(size, plan.first))
    for level in range(plan.first + 1, plan.deepest + 1):
        sums = step_down(sums, level_size(size, level), plan.offset)
    for level in range(plan.deepest - 1, plan.first - 1, -1):
        sums = step_up(sums, level_size(size, level), plan.offset)
    return _finish(frame_bgr, sums)


def _finish(frame_bgr: npt.NDArray[Level], sums: Sums) -> npt.NDArray[Level]:
    """Return straight colours; deep inside the person, with no background near, the frame's own."""
    rows, columns = sums.shape[:2]
    result = np.empty((rows, columns, 3), frame_bgr.dtype)
    down, across = taps_along(len(frame_bgr), rows, (0.0,)), taps_along(frame_bgr.shape[1], columns, (0.0,))
    most = np.float32(np.iinfo(frame_bgr.dtype).max)
    _divide(sums, np.require(frame_bgr, requirements=("C", "W")), down, across, most, result)
    return result


@compiled
def _divide(
    sums: Sums, frame: npt.NDArray[Any], down: Taps, across: Taps, most: np.float32, result: npt.NDArray[Any]
) -> None:
    """Write the sums' colours as far as they are known, and else the frame's own."""
    rows, columns = sums.shape[:2]
    knowns, scales = np.empty(columns, np.float32), np.empty(columns, np.float32)
    own = np.zeros(3 * columns, np.float32)
    for y in range(rows):
        totals, line = sums[y].ravel(), result[y].ravel()
        for x in range(columns):
            weight = totals[4 * x + 3] * np.float32(1 / 255)
            knowns[x] = min(np.float32(1), np.float32(1000) * weight)
            scales[x] = knowns[x] / max(weight, np.float32(_NO_WEIGHT))
        before, after, shares = down
        _sample_unknown(frame[before[0, y]], frame[after[0, y]], shares[0, y], across, knowns, own)
        for x in range(columns):
            for channel in range(3):
                colour = totals[4 * x + channel] * scales[x]
                colour += own[3 * x + channel] * (np.float32(1) - knowns[x])
                line[3 * x + channel] = np.int32(min(colour, most) + np.float32(0.5))


@compiled
def _sample_unknown(
    above: npt.NDArray[Any],
    below: npt.NDArray[Any],
    line_share: np.float32,
    across: Taps,
    knowns: npt.NDArray[np.float32],
    own: npt.NDArray[np.float32],
) -> None:
    """Write the colours between two lines of the frame, where those of the sums are not all known."""
    before, after, shares = across
    for x in range(knowns.size):
        if knowns[x] < 1:
            left, right, share = before[0, x], after[0, x], shares[0, x]
            for channel in range(3):
                start, end = np.float32(above[left, channel]), np.float32(above[right, channel])
                upper = start + share * (end - start)
                start, end = np.float32(below[left, channel]), np.float32(below[right, channel])
                lower = start + share * (end - start)
                own[3 * x + channel] = upper + line_share * (lower - upper)
