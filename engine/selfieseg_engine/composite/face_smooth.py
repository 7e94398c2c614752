"""Smooths the skin of the face and keeps its edges: see docs/effects.md, "face_smooth". Pure; any thread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.blend import mix
from selfieseg_engine.composite.brightness import brightness
from selfieseg_engine.composite.class_weights import Box, ClassWeight

_ROWS_PER_PIXEL = 360
_RINGS = 3
_LIKE = 0.12  # samples whose brightness differs by more do not count
# The weight, 0…255, of each difference of brightness.
_WEIGHT = np.rint(255 * np.maximum(0, 1 - np.linspace(0, 1, 256) / _LIKE) ** 2).astype(np.uint8)


def smooth_face(
    foreground_bgr: npt.NDArray[np.uint8],
    frame_bgr: npt.NDArray[np.uint8],
    where: ClassWeight,
    strength: float,
) -> None:
    """Smooth the face in ``foreground_bgr``, uint8 HxWx3, in place; the samples come from ``frame_bgr``."""
    part = foreground_bgr[where.box]
    part[:] = mix(part, _mean(frame_bgr, where.box), where.weight, strength)


def _mean(frame_bgr: npt.NDArray[np.uint8], box: Box) -> npt.NDArray[np.uint8]:
    """Return the bilateral mean of the part of the frame in ``box``."""
    radius = max(1, math.floor(frame_bgr.shape[0] / _ROWS_PER_PIXEL + 0.5))
    border = _RINGS * radius
    around = _with_border(frame_bgr, box, border)
    luma = brightness(around)
    channels = cv2.split(around)
    height, width = box[0].stop - box[0].start, box[1].stop - box[1].start
    own = luma[border : border + height, border : border + width]
    sums = [np.zeros((height, width), np.float32) for _ in channels]
    total = np.zeros((height, width), np.float32)
    for dx, dy in _offsets(radius):
        here = np.s_[border + dy : border + dy + height, border + dx : border + dx + width]
        weight = cv2.LUT(cv2.absdiff(luma[here], own), _WEIGHT)
        cv2.accumulate(weight, total)
        for channel, of_channel in zip(channels, sums, strict=True):
            cv2.accumulateProduct(channel[here], weight, of_channel)
    return np.asarray(cv2.merge([cv2.divide(each, total, dtype=cv2.CV_8U) for each in sums]), np.uint8)


def _with_border(frame_bgr: npt.NDArray[np.uint8], box: Box, border: int) -> npt.NDArray[np.uint8]:
    """Return the part with ``border`` more pixels on each side; beyond the frame its edge is repeated."""
    height, width = frame_bgr.shape[:2]
    rows, columns = box
    top, bottom = max(0, rows.start - border), min(height, rows.stop + border)
    left, right = max(0, columns.start - border), min(width, columns.stop + border)
    missing = (
        top - (rows.start - border),
        rows.stop + border - bottom,
        left - (columns.start - border),
        columns.stop + border - right,
    )
    part = frame_bgr[top:bottom, left:right]
    return np.asarray(cv2.copyMakeBorder(part, *missing, cv2.BORDER_REPLICATE), np.uint8)


def _offsets(radius: int) -> Iterator[tuple[int, int]]:
    """Yield the pixel itself, then eight directions at one, two and three times ``radius``."""
    yield 0, 0
    for ring in range(1, _RINGS + 1):
        for dx, dy in product((-1, 0, 1), repeat=2):
            if (dx, dy) != (0, 0):
                yield dx * ring * radius, dy * ring * radius
