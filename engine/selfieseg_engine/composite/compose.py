"""Puts the person, by the matte, before a background. Any thread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.backdrop import load_backdrop
from selfieseg_engine.composite.background import (
    Background,
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    ImageBackground,
    NoBackground,
    TransparentBackground,
    parse_background,
)
from selfieseg_engine.composite.blur import blur_background
from selfieseg_engine.errors import BackgroundError, FrameError
from selfieseg_engine.frames import require_bgr_frame
from selfieseg_engine.matte.levels import to_u8_matte
from selfieseg_engine.result import SegmentationResult


def composite(
    frame_bgr: npt.NDArray[np.uint8],
    result: SegmentationResult,
    background: str | Background = "blur:50",
) -> npt.NDArray[np.uint8]:
    """Return the person before another background, as a new picture of the frame's size.

    Args:
        frame_bgr: uint8 HxWx3 BGR.
        result: of segmenting this very frame.
        background: the text of ``parse_background``, or what it returns.

    Returns:
        uint8 HxWx3 BGR; for ``transparent`` uint8 HxWx4 BGRA with straight alpha. Where the matte is 1
        the frame's pixels are unchanged.

    Raises:
        FrameError: the frame is none, or the matte is of another size.
        BackgroundError: the background is not understood, or is a video.
        PictureError: the background's picture cannot be read.
    """
    require_bgr_frame(frame_bgr)
    matte = result.matte
    if matte.shape != frame_bgr.shape[:2]:
        raise FrameError(
            "the matte does not fit the frame",
            f"it is {matte.shape} for a frame of {frame_bgr.shape[:2]}",
            "pass the result of segmenting this frame",
        )
    wanted = parse_background(background) if isinstance(background, str) else background
    if isinstance(wanted, NoBackground):
        return frame_bgr.copy()
    if isinstance(wanted, TransparentBackground):
        return np.dstack((frame_bgr, to_u8_matte(matte)))
    behind = _background_pixels(frame_bgr, matte, wanted)
    return np.asarray(cv2.blendLinear(frame_bgr, behind, matte, 1 - matte), np.uint8)


def _background_pixels(
    frame_bgr: npt.NDArray[np.uint8], matte: npt.NDArray[np.float32], wanted: Background
) -> npt.NDArray[np.uint8]:
    height, width = matte.shape
    if isinstance(wanted, BlurBackground):
        return blur_background(frame_bgr, matte, wanted.strength)
    if isinstance(wanted, ColorBackground):
        return np.full_like(frame_bgr, wanted.bgr)
    if isinstance(wanted, ImageBackground):
        return load_backdrop(wanted.path, (width, height))
    if isinstance(wanted, GrayscaleBackground):
        grey = cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    raise BackgroundError(
        "a video cannot be the background of one picture",
        "a single picture does not move",
        "use image:PATH here, or video: with `selfieseg video` and `selfieseg live`",
    )
