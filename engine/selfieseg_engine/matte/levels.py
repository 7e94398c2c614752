"""From probabilities to opacity, and to 8 bits. Pure; any thread."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled

PERSON_THRESHOLD = 0.5
_LEAST_WIDTH = 1 / 255


def to_u8_matte(matte: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return ``round(matte * 255)`` of a float32 matte in 0…1; the same rounding as in the model's graph."""
    return np.asarray(np.rint(matte * np.float32(255)), np.uint8)


def as_probability(mask: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return a mask (float32 in 0…1 or uint8) as float32 in 0…1; one that is float32 already, itself."""
    if mask.dtype == np.uint8:
        mask = np.multiply(mask, np.float32(1 / 255), dtype=np.float32)
    return np.asarray(mask, np.float32)


def person_fraction(matte: npt.NDArray[np.float32]) -> float:
    """Return the share of the picture, 0…1, that is rather person than background."""
    return float(np.mean(matte > PERSON_THRESHOLD))


def apply_levels(
    mask: npt.NDArray[Any], size: tuple[int, int], threshold: float, softness: float
) -> npt.NDArray[np.uint8]:
    """Return the uint8 matte of ``size`` = (width, height): see docs/effects.md, "From mask to matte".

    Args:
        mask: HxW of any size, float32 in 0…1 or uint8.
        size: the frame's.
        threshold: 0…1; higher means less person. A mask of 0 stays 0 and one of 1 stays 1.
        softness: 0…1, how much of the mask's range the matte's edge takes.
    """
    width = max(softness, _LEAST_WIDTH)
    return smooth_steps(mask, size, threshold * (1 - width), width)


def smooth_steps(
    plane: npt.NDArray[Any], size: tuple[int, int], low: float, width: float
) -> npt.NDArray[np.uint8]:
    """Stretch a plane to ``size`` = (width, height); return its smoothstep from ``low`` to ``low + width``.

    The plane is HxW, float32 in 0…1 or uint8; the result uint8.
    """
    is_u8, fits = plane.dtype == np.uint8, plane.shape[1::-1] == size
    full = 255.0 if is_u8 else 1.0
    values: npt.NDArray[Any]  # of one of two makes: others are compiled for anew
    values = np.require(plane, np.uint8 if is_u8 and fits else np.float32, ("C", "W"))
    if not fits:
        values = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)
    result = np.empty(values.shape, np.uint8)
    _smooth_step(values, np.float32(255 / width / full), np.float32(255 * low / width), result)
    return result


@compiled
def _smooth_step(
    plane: npt.NDArray[Any], slope: np.float32, start: np.float32, result: npt.NDArray[np.uint8]
) -> None:
    """Write the smoothstep u²(3 - 2u) of u = ``slope * value - start`` in whole 255ths, as such.

    The plane is float32 or uint8.
    """
    for y in range(len(plane)):
        values, line = plane[y], result[y]
        for x in range(values.size):
            rise = min(max(slope * np.float32(values[x]) - start, np.float32(0)), np.float32(255))
            u = np.float32(np.rint(rise)) * np.float32(1 / 255)
            level = np.float32(255) * u * u * (np.float32(3) - np.float32(2) * u)
            line[x] = np.uint8(level + np.float32(0.5))
