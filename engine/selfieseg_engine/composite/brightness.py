"""Y, the brightness that docs/effects.md means: 0.299 R + 0.587 G + 0.114 B. Pure; any thread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def brightness_of_color(bgr: tuple[int, int, int]) -> float:
    """Return Y, 0…1, of one colour in 0…255."""
    blue, green, red = bgr
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def brightness(frame_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return Y of a uint8 HxWx3 BGR picture as uint8 HxW."""
    return np.asarray(cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2GRAY), np.uint8)
