"""Draws one frame of a recording. One thread at a time."""

from __future__ import annotations

from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.backdrop import Backdrop, ImageBackdrop
from selfieseg_engine.composite.background import (
    ImageBackground,
    NoBackground,
    TransparentBackground,
    VideoBackground,
)
from selfieseg_engine.composite.compose import compose_frame, composite, make_matte
from selfieseg_engine.composite.look import Look
from selfieseg_engine.composite.video_backdrop import VideoBackdrop
from selfieseg_engine.recording.codecs import EncoderPlan
from selfieseg_engine.recording.parcels import SourceFrame
from selfieseg_engine.recording.plane_drawing import PlaneDrawer, is_plain
from selfieseg_engine.result import SegmentationResult

U8Image = npt.NDArray[np.uint8]
Pixels = npt.NDArray[Any]

# So far around the person the room's colours stay, for an encoder mixes neighbours.
_KEPT_PIXELS = 16


def is_transparent(look: Look) -> bool:
    """Return whether the look's pictures have alpha."""
    return isinstance(look.background, TransparentBackground) and look.view in ("result", "split")


class FrameDrawer:
    """Draws frames of one size with one look; holds the background's file open until ``close``.

    Args:
        look: what is wanted.
        size: (width, height) of the frames.
        is_fine: keep more than 8 bit of a colour where the frame has them.
        plan: of the encoder that takes the pictures; None where there is none.

    Raises:
        PictureError: the background's file cannot be had.
    """

    def __init__(
        self, look: Look, size: tuple[int, int], is_fine: bool, plan: EncoderPlan | None = None
    ) -> None:
        self._look = look
        self._is_fine = is_fine
        self._backdrop: Backdrop | None = None
        if isinstance(look.background, VideoBackground):
            self._backdrop = VideoBackdrop(look.background.path, size)
        elif isinstance(look.background, ImageBackground):
            self._backdrop = ImageBackdrop(look.background.path, size)
        self._planes: PlaneDrawer | None = None
        if plan is not None and is_plain(look):
            self._planes = PlaneDrawer(look, plan, self._backdrop)

    def close(self) -> None:
        """Let go of the background's file. May be called twice."""
        if self._backdrop is not None:
            self._backdrop.close()

    def draw(self, source: SourceFrame, result: SegmentationResult, seconds: float) -> Pixels:
        """Return the picture at ``seconds``: HxWx3 BGR, uint8 or uint16, or uint8 HxWx4 BGRA, straight alpha.

        What is transparent in the input stays so where the picture has alpha. Far from the person a
        transparent picture is black beneath: the room is not in the file.
        """
        if self._backdrop is not None:
            backdrop = self._backdrop.frame_at(seconds)
            drawn = compose_frame(source.bgr, result.mask, result.class_planes, self._look, backdrop)
            picture = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGRA2BGR), np.uint8)
        else:
            picture = composite(source.bgr, result, look=self._look)
        if picture.shape[2] == 4:
            return _without_room(picture, source.alpha)
        if self._is_fine and source.fine_bgr is not None and self._look.view == "result":
            return restore_depth(picture, source.bgr, source.fine_bgr, self._shown(source, result))
        return picture

    def draw_frame(
        self, source: SourceFrame, result: SegmentationResult, seconds: float
    ) -> av.VideoFrame | None:
        """Return the same as a frame for the encoder; None where only ``draw`` can do it."""
        return None if self._planes is None else self._planes.draw(source, result, seconds)

    def matte(self, source: SourceFrame, result: SegmentationResult) -> U8Image:
        """Return the uint8 HxW matte that the picture is drawn with."""
        return make_matte(result.mask, source.bgr, self._look)

    def _shown(self, source: SourceFrame, result: SegmentationResult) -> U8Image:
        """Return how much of the input's own pixels is seen."""
        if isinstance(self._look.background, NoBackground):
            return np.full(source.bgr.shape[:2], 255, np.uint8)
        return self.matte(source, result)


def restore_depth(
    picture: U8Image, bgr: U8Image, fine_bgr: npt.NDArray[np.uint16], shown: U8Image
) -> npt.NDArray[np.uint16]:
    """Return a picture with what rounding the input to 8 bit took from it.

    Args:
        picture: uint8 HxWx3, drawn of ``bgr``.
        bgr: uint8 HxWx3, the input rounded.
        fine_bgr: uint16 HxWx3, the input.
        shown: uint8 HxW, how much of the input is seen in the picture: all of it where it is 255.
    """
    lost = fine_bgr.astype(np.float32) - bgr.astype(np.float32) * 257
    lost *= (shown.astype(np.float32) / 255)[:, :, np.newaxis]
    lost += picture.astype(np.float32) * 257
    return np.asarray(np.clip(np.rint(lost), 0, 65535), np.uint16)


def _without_room(bgra: U8Image, alpha: U8Image | None) -> U8Image:
    if alpha is not None:
        bgra[:, :, 3] = cv2.multiply(np.ascontiguousarray(bgra[:, :, 3]), alpha, scale=1 / 255)
    seen = np.ascontiguousarray(bgra[:, :, 3])
    near = cv2.dilate(seen, np.ones((2 * _KEPT_PIXELS + 1,) * 2, np.uint8))
    bgra[near == 0] = 0
    return bgra
