"""Draws plain pictures in a recording's own planes, without a way through red, green and blue.

The person's pixels stay the input's to the last bit, and it takes a third of the time. One thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange

from selfieseg_engine.composite.backdrop import Backdrop
from selfieseg_engine.composite.background import (
    BlurBackground,
    ColorBackground,
    ImageBackground,
    VideoBackground,
)
from selfieseg_engine.composite.blend import fill, mix_lines
from selfieseg_engine.composite.blur import blur_small
from selfieseg_engine.composite.compose import make_matte
from selfieseg_engine.composite.look import Look, changes_classes
from selfieseg_engine.recording.codecs import EncoderPlan
from selfieseg_engine.recording.parcels import SourceFrame
from selfieseg_engine.recording.pixels import FramePacker
from selfieseg_engine.recording.planes import Plane, lines_of, planar_format, planes_of
from selfieseg_engine.result import SegmentationResult

U8Image = npt.NDArray[np.uint8]

_SMALL = 16


def is_plain(look: Look) -> bool:
    """Return whether a look is the person, unchanged, before something else, mixed by the matte alone."""
    if look.view != "result" or look.light_wrap > 0 or changes_classes(look):
        return False
    if isinstance(look.background, BlurBackground):
        return look.background.strength > 0
    return (
        isinstance(look.background, (ColorBackground, ImageBackground, VideoBackground)) and look.despill == 0
    )


class PlaneDrawer:
    """Draws frames whose planes are those of the output.

    Args:
        look: what is wanted; a plain one.
        plan: of the encoder.
        backdrop: what lies behind the person, for an image or a video; the caller closes it.
    """

    def __init__(self, look: Look, plan: EncoderPlan, backdrop: Backdrop | None) -> None:
        self._look = look
        self._format = plan.pixel_format
        self._has_full_range = plan.colours.swscale_range() == ColorRange.JPEG
        # Backgrounds are stretched plane by plane, so theirs are all of one size.
        self._packer = FramePacker("yuv444p", plan.colours)
        self._backdrop = backdrop
        self._behind: tuple[U8Image, Sequence[Plane]] | None = None

    def draw(self, source: SourceFrame, result: SegmentationResult, seconds: float) -> av.VideoFrame | None:
        """Return the picture at ``seconds``; None for a frame that is stored otherwise."""
        stored = source.stored
        if stored is None or planar_format(stored.format.name, self._has_full_range) != self._format:
            return None
        matte = make_matte(result.mask, source.bgr, self._look)
        picture = av.VideoFrame(stored.width, stored.height, self._format)
        behind = self._background(source.bgr, matte, seconds)
        fronts, results = lines_of(stored), lines_of(picture)
        for plane, front, back, drawn in zip(picture.planes, fronts, behind, results, strict=True):
            size = (plane.width, plane.height)
            mix_lines(front, _stretched(back, size), _shrunk(matte, size), drawn)
        return picture

    def _background(self, bgr: U8Image, matte: U8Image, seconds: float) -> Sequence[Plane]:
        wanted = self._look.background
        if isinstance(wanted, BlurBackground):
            return planes_of(self._packer.pack(blur_small(bgr, matte, wanted.strength)))
        if self._backdrop is not None:
            shown = self._backdrop.frame_at(seconds)
        elif self._behind is None:
            assert isinstance(wanted, ColorBackground)  # no other plain look is without a backdrop
            shown = fill((bgr.shape[1], bgr.shape[0]), wanted.bgr)
        else:
            return self._behind[1]
        if self._behind is None or self._behind[0] is not shown:
            self._behind = shown, [plane.copy() for plane in planes_of(self._packer.pack(shown))]
        return self._behind[1]


def compile_planes() -> None:
    """Compile what draws planes, so that the first recording need not wait for it."""
    plane = lines_of(av.VideoFrame(_SMALL, _SMALL, "yuv420p"))[0]
    mix_lines(plane, plane, plane, plane)


def _stretched(plane: Plane, size: tuple[int, int]) -> Plane:
    if plane.shape[1::-1] == size:
        return np.ascontiguousarray(plane)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _shrunk(matte: Plane, size: tuple[int, int]) -> Plane:
    if matte.shape[1::-1] == size:
        return matte
    return np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_AREA), np.uint8)
