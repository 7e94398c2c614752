"""Mattes of 8 bits, as all metrics take them. Pure; any thread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

U8Matte = npt.NDArray[np.uint8]  # HxW, 0 background … 255 person
Person = npt.NDArray[np.bool_]  # HxW
Counted = npt.NDArray[np.bool_]  # HxW, False where a pixel is not to be judged

_HALF = 127


def quantised(matte: npt.NDArray[np.float32]) -> U8Matte:
    """Return a float32 HxW matte in 0…1 with 8 bits, rounded as the filter rounds it."""
    return np.asarray(cv2.convertScaleAbs(matte, alpha=255), np.uint8)


def person_of(u8_matte: U8Matte) -> Person:
    """Return where a matte is more person than background."""
    return np.asarray(u8_matte > _HALF)


def at_size_of(u8_matte: U8Matte, true: U8Matte) -> U8Matte:
    """Return a matte stretched bilinearly to the truth's size, where its own is another."""
    if u8_matte.shape == true.shape:
        return u8_matte
    return np.asarray(cv2.resize(u8_matte, true.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
