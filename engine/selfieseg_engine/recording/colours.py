"""How a recording's numbers mean colours: range, matrix, primaries and transfer. Any thread.

FFmpeg's own numbers throughout (ITU-T H.273); 2 is "not said" (0 for the range).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import av
from av.video.reformatter import ColorRange

_RGB = 0
_UNSAID = 2
_BT709 = 1
# FFmpeg's number of a matrix to libswscale's, as numbers: older PyAV has no name for 9.
_SWS_BT709, _SWS_BT601 = 1, 5
_SWSCALE = {1: _SWS_BT709, 4: 4, 5: _SWS_BT601, 6: _SWS_BT601, 7: 7, 9: 9, 10: 9}
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

    def swscale_matrix(self, height: int) -> int:
        """Return the matrix to calculate with; where none is said, what players assume for that height."""
        if self.matrix in _SWSCALE:
            return _SWSCALE[self.matrix]
        return _SWS_BT709 if height >= _HD_ROWS else _SWS_BT601

    def swscale_range(self) -> ColorRange:
        """Return the range to calculate with."""
        return ColorRange.JPEG if self.range == int(ColorRange.JPEG) else ColorRange.MPEG
