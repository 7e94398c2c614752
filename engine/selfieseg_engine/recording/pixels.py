"""Between FFmpeg's frames and arrays: size, orientation, colour matrix and range. One thread at a time."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.video.format import VideoFormat
from av.video.reformatter import ColorRange, VideoReformatter

from selfieseg_engine.recording.colours import ColourTags
from selfieseg_engine.recording.facts import RecordingFacts
from selfieseg_engine.recording.orientation import Orientation
from selfieseg_engine.recording.parcels import SourceFrame

_FINE = 8


class FrameUnpacker:
    """Makes arrays of decoded frames; a frame of another size than the first is scaled to that one's."""

    def __init__(self, facts: RecordingFacts) -> None:
        self._facts = facts
        self._plain, self._fine = VideoReformatter(), VideoReformatter()

    def unpack(self, frame: av.VideoFrame) -> SourceFrame:
        """Return a frame's pixels, upright."""
        upright = self._facts.orientation.upright
        pixels = self._pixels(self._plain, frame, "bgra" if self._facts.has_alpha else "bgr24")
        fine = self._pixels(self._fine, frame, "bgr48le") if self._facts.depth > _FINE else None
        stored = (frame.width, frame.height) == self._facts.size and self._facts.orientation == Orientation()
        return SourceFrame(
            upright(np.ascontiguousarray(pixels[:, :, :3])),
            upright(np.ascontiguousarray(pixels[:, :, 3])) if self._facts.has_alpha else None,
            None if fine is None else upright(fine),
            frame if stored else None,
        )

    def _pixels(self, reformatter: VideoReformatter, frame: av.VideoFrame, pixel_format: str) -> Any:
        width, height = self._facts.stored_size
        colours = self._facts.colours
        return reformatter.reformat(
            frame,
            width,
            height,
            pixel_format,
            src_colorspace=colours.swscale_matrix(height),
            src_color_range=colours.swscale_range(),
            dst_color_range=ColorRange.JPEG,
            threads=1,
        ).to_ndarray()


class FramePacker:
    """Makes frames for an encoder of arrays.

    Args:
        pixel_format: of the encoder.
        colours: what its numbers shall mean.
    """

    def __init__(self, pixel_format: str, colours: ColourTags) -> None:
        self._format = pixel_format
        self._colours = colours
        self._reformatter = VideoReformatter()

    def pack(self, pixels: npt.NDArray[Any]) -> av.VideoFrame:
        """Return HxW (grey), HxWx3 (BGR, uint8 or uint16) or HxWx4 (BGRA, straight alpha) as a frame."""
        frame = av.VideoFrame.from_ndarray(pixels, _array_format(pixels))
        if frame.format.name == self._format:
            return frame
        return self._reformatter.reformat(
            frame,
            format=self._format,
            src_color_range=ColorRange.JPEG,
            dst_colorspace=self._colours.swscale_matrix(frame.height),
            dst_color_range=self._colours.swscale_range(),
            threads=1,
        )


def chroma_of(pixel_format: VideoFormat) -> str:
    """Return ``420``, ``422`` or ``444``: the least that keeps a format's colour; grey has none to keep."""
    if pixel_format.is_rgb or pixel_format.has_palette:
        return "444"
    chroma = [each for each in pixel_format.components if not each.is_luma and not each.is_alpha]
    if not chroma:
        return "420"
    # Of a picture 16 wide and high, so much colour is stored.
    if pixel_format.chroma_height(16) == 16:
        return "444" if pixel_format.chroma_width(16) == 16 else "422"
    return "420"


def _array_format(pixels: npt.NDArray[Any]) -> str:
    if pixels.ndim == 2:
        return "gray"
    if pixels.dtype == np.uint16:
        return "bgr48le"
    return "bgr24" if pixels.shape[2] == 3 else "bgra"
