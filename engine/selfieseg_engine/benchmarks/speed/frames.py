"""Frames of a real person before a moving camera, which no stream takes for still."""

from __future__ import annotations

from itertools import islice

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.isolated_obs import demo_clip

U8Image = npt.NDArray[np.uint8]

SIZE = demo_clip.SIZE
_FRAMES = 16


def moving_frames() -> list[U8Image]:
    """Return frames (uint8 720x1280x3 BGR) to be shown in a loop, forth and back. Raises ``ObtainError``."""
    forth = list(islice(demo_clip.frames(demo_clip.fetch_photo()), _FRAMES))
    return [*forth, *forth[-2:0:-1]]


def work_frames(frames: list[U8Image], size: tuple[int, int]) -> list[U8Image]:
    """Return frames as the filter sends them: uint8 HxWx4 RGBX of ``size`` = (width, height)."""
    return [
        np.asarray(
            cv2.cvtColor(cv2.resize(each, size, interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2RGBA), np.uint8
        )
        for each in frames
    ]
