"""Draws one frame of a live picture: always opaque, for neither windows nor cameras are transparent."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.compose import compose_frame
from selfieseg_engine.composite.look import Look
from selfieseg_engine.live.backdrops import BackdropShelf
from selfieseg_engine.live.items import LiveFrame
from selfieseg_engine.recording.drawing import is_transparent
from selfieseg_engine.result import SegmentationResult

U8Image = npt.NDArray[np.uint8]

_SQUARE = 16
_CHECKS = (102, 153)


def draw_live(frame: LiveFrame, result: SegmentationResult, look: Look, backdrops: BackdropShelf) -> U8Image:
    """Return uint8 HxWx3 BGR, a new array; what is transparent shows a chequerboard. One thread at a time."""
    size = frame.bgr.shape[1::-1]
    behind = backdrops.picture(look.background, size, frame.seconds)
    bgra = compose_frame(frame.bgr, result.mask, result.class_planes, look, behind)
    picture = np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR), np.uint8)
    if not is_transparent(look):
        return picture
    seen_through = cv2.cvtColor(np.bitwise_not(bgra[:, :, 3]), cv2.COLOR_GRAY2BGR)
    behind_it = cv2.multiply(chequerboard(size), seen_through, scale=1 / 255)
    return np.asarray(cv2.add(picture, behind_it), np.uint8)


def chequerboard(size: tuple[int, int]) -> U8Image:
    """Return what stands for transparency, uint8 HxWx3 of ``size`` = (width, height)."""
    rows, columns = np.ogrid[: size[1], : size[0]]
    is_light = (rows // _SQUARE + columns // _SQUARE) % 2
    return np.asarray(cv2.cvtColor(np.array(_CHECKS, np.uint8)[is_light], cv2.COLOR_GRAY2BGR), np.uint8)
