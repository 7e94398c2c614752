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

from selfieseg_engine.composite.weighed import mean_weighed

_LEVELS = 6  # level i is the frame's size divided by 2^i
_MAX_SPREAD = 2**6.5  # of strength 100, in pixels of a frame 1080 rows high
_MIN_SPREAD = 2**1.01
_REFERENCE_ROWS = 1080
# A pixel counts as background only where it hardly is person: the matte is soft, and a little late.
_WEIGHT_OF_MATTE = ((1 - np.linspace(0, 1, 256)) ** 4).astype(np.float32)
_NO_WEIGHT = 1e-4

Sums = npt.NDArray[np.float32]
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
        sums = _down(sums, level_size(size, level), plan.offset)
    for level in range(plan.deepest - 1, plan.first - 1, -1):
        sums = _up(sums, level_size(size, level), plan.offset)
    return _finish(frame_bgr, sums)


def _down(sums: Sums, size: tuple[int, int], offset: float) -> Sums:
    total = 4 * _sampled(sums, size, 0, 0)
    for dx, dy in _diagonals(offset / 2):
        total += _sampled(sums, size, dx, dy)
    total *= np.float32(1 / 8)
    return total


def _up(sums: Sums, size: tuple[int, int], offset: float) -> Sums:
    total = _sampled(sums, size, *_diagonals(offset / 2)[0])
    for dx, dy in _diagonals(offset / 2)[1:]:
        total += _sampled(sums, size, dx, dy)
    total *= 2
    for dx, dy in ((offset, 0), (-offset, 0), (0, offset), (0, -offset)):
        total += _sampled(sums, size, dx, dy)
    total *= np.float32(1 / 12)
    return total


def _diagonals(reach: float) -> tuple[tuple[float, float], ...]:
    return (reach, reach), (reach, -reach), (-reach, reach), (-reach, -reach)


def _sampled(sums: Sums, size: tuple[int, int], dx: float, dy: float) -> Sums:
    """Sample at the middle of every pixel of a picture of ``size``, moved by (dx, dy) pixels of ``sums``."""
    across, along = sums.shape[1] / size[0], sums.shape[0] / size[1]
    to_sums = np.array([[across, 0, across / 2 - 0.5 + dx], [0, along, along / 2 - 0.5 + dy]])
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    sampled: Any = cv2.warpAffine(sums, to_sums, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32).reshape(size[1], size[0], 4)


def _finish(frame_bgr: npt.NDArray[Level], sums: Sums) -> npt.NDArray[Level]:
    """Return straight colours; deep inside the person, with no background near, the frame's own."""
    height, width = sums.shape[:2]
    weight = sums[:, :, 3] * np.float32(1 / 255)
    known = np.minimum(1, 1000 * weight)
    by_weight = cv2.merge([known / np.maximum(weight, np.float32(_NO_WEIGHT))] * 3)
    colour = cv2.cvtColor(sums, cv2.COLOR_BGRA2BGR) * by_weight
    if float(known.min()) < 1:
        frame = cv2.resize(frame_bgr, (width, height), interpolation=cv2.INTER_LINEAR)
        colour += frame * (1 - known)[:, :, np.newaxis]
    if frame_bgr.dtype == np.uint8:
        return np.asarray(cv2.convertScaleAbs(colour), frame_bgr.dtype)
    return np.asarray(np.rint(np.clip(colour, 0, np.iinfo(frame_bgr.dtype).max)), frame_bgr.dtype)
