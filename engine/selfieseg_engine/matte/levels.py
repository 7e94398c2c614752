"""Between probabilities and 8-bit levels. Pure; any thread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PERSON_THRESHOLD = 0.5


def to_u8_matte(matte: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return ``round(matte * 255)`` of a float32 matte in 0…1; the same rounding as in the model's graph."""
    return np.asarray(np.rint(matte * np.float32(255)), np.uint8)


def person_fraction(matte: npt.NDArray[np.float32]) -> float:
    """Return the share of the picture, 0…1, that is rather person than background."""
    return float(np.mean(matte > PERSON_THRESHOLD))
