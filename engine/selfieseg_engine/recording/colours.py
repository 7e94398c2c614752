"""How a recording's numbers mean colours: range, matrix, primaries and transfer. Any thread.

FFmpeg's own numbers throughout (ITU-T H.273); 2 is "not said" (0 for the range).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import av
from av.video.reformatter import ColorRange, Colorspace

_RGB = 0
_UNSAID = 2
_BT709 = 1
_SWSCALE = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_HD_ROWS = 720


@dataclass(frozen=True)
class ColourTags:
    """The four tags, as the input has them and the output gets them."""

    range: int
    matrix: int
    primaries: int
    transfer: int

    @classmethod
    def of(cls, context: av.VideoCodecContext) -> ColourTags:
        """Return the tags of a decoder that has decoded a frame."""
        return cls(
            int(context.color_range),
            int(context.colorspace),
            int(context.color_primaries),
            int(context.color_trc),
        )

    def mark(self, context: av.VideoCodecContext) -> None:
        """Put the tags on an encoder that is not open yet."""
        context.color_range = self.range
        context.colorspace = self.matrix
        context.color_primaries = self.primaries
        context.color_trc = self.transfer

    def as_yuv(self) -> ColourTags:
        """Return the tags for YUV: red, green and blue are no matrix for it."""
        if self.matrix != _RGB:
            return self
        return replace(self, range=int(ColorRange.MPEG), matrix=_BT709)

    def swscale_matrix(self, height: int) -> Colorspace:
        """Return the matrix to calculate with; where none is said, what players assume for that height."""
        if self.matrix in _SWSCALE:
            return _SWSCALE[self.matrix]
        return Colorspace.ITU709 if height >= _HD_ROWS else Colorspace.ITU601

    def swscale_range(self) -> ColorRange:
        """Return the range to calculate with."""
        return ColorRange.JPEG if self.range == int(ColorRange.JPEG) else ColorRange.MPEG
