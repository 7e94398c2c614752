"""Dyes hair and clothes, tones skin, brightens faces: see docs/effects.md, "Foreground". Pure; any thread.

Each works in place on the part of a uint8 HxWx3 BGR foreground where its class is.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.blend import as_bgr, mix
from selfieseg_engine.composite.brightness import brightness, brightness_of_color
from selfieseg_engine.composite.class_weights import ClassWeight

Color = tuple[int, int, int]

_LEVELS = np.linspace(0, 1, 256)[:, np.newaxis]
_MOST_GAIN = 1.5
_LEAST_BRIGHTNESS = 1e-4
_TONE_SHARE = 0.6
_GAIN_OF_BRIGHTER = 0.5
_BRIGHTER = np.rint(255 * (_LEVELS + _GAIN_OF_BRIGHTER * _LEVELS * (1 - _LEVELS))).astype(np.uint8)


def dye(foreground_bgr: npt.NDArray[np.uint8], where: ClassWeight, color: Color, strength: float) -> None:
    """Give a class another colour; black stays black and white white."""
    part = foreground_bgr[where.box]
    dyed = _looked_up(brightness(part), np.rint(255 * _dyed_levels(color)).astype(np.uint8))
    part[:] = mix(part, dyed, where.weight, strength)


def tone_skin(
    foreground_bgr: npt.NDArray[np.uint8], where: ClassWeight, color: Color, strength: float
) -> None:
    """Move the hue of skin; its brightness stays."""
    part = foreground_bgr[where.box]
    # float32, for a tone may lie outside 0…1 until it is mixed
    toned = _looked_up(brightness(part), (255 * _toned_levels(color)).astype(np.float32))
    moved = mix(part.astype(np.float32), toned, where.weight, _TONE_SHARE * strength)
    part[:] = cv2.convertScaleAbs(np.maximum(moved, 0, out=moved))


def brighten(foreground_bgr: npt.NDArray[np.uint8], where: ClassWeight, strength: float) -> None:
    """Lift the middle tones; black and white stay."""
    part = foreground_bgr[where.box]
    part[:] = mix(part, cv2.LUT(part, _BRIGHTER), where.weight, strength)


def _dyed_levels(color: Color) -> npt.NDArray[np.float64]:
    """Return the dyed colour of each brightness: 256 x 3 in 0…1."""
    dye_color = np.array(color) / 255
    lift = _LEVELS + (_LEVELS * (2 - _LEVELS) - _LEVELS) * brightness_of_color(color)
    dark = 2 * lift * dye_color
    light = 1 - 2 * (1 - lift) * (1 - dye_color)
    return np.asarray(np.where(lift < 0.5, dark, light))


def _toned_levels(color: Color) -> npt.NDArray[np.float64]:
    """Return the fully toned colour of each brightness: 256 x 3, not clamped."""
    wanted = brightness_of_color(color)
    hue = np.array(color) / 255 - wanted
    return np.asarray(_LEVELS + hue * np.minimum(_MOST_GAIN, _LEVELS / max(wanted, _LEAST_BRIGHTNESS)))


def _looked_up(u8_brightness: npt.NDArray[np.uint8], levels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return HxWx3 of the dtype of ``levels``, which are 256 x 3."""
    table: Any = levels[:, np.newaxis]
    return np.asarray(cv2.LUT(as_bgr(u8_brightness), table), levels.dtype)
