"""Between FFmpeg's planes and arrays that share their memory. Any thread."""

from __future__ import annotations

import av
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.uint8]

# Of 8 bit, a plane for each of brightness and two colour differences.
PLANAR_FORMATS = ("yuv420p", "yuv422p", "yuv444p")
_FULL_RANGE = "yuvj"  # FFmpeg's old names for the same with the full range


def planar_format(pixel_format: str, has_full_range: bool) -> str | None:
    """Return which of ``PLANAR_FORMATS`` a format with such numbers is laid out as; None for any other."""
    if pixel_format.startswith(_FULL_RANGE) and has_full_range:
        pixel_format = pixel_format.replace(_FULL_RANGE, "yuv")
    return pixel_format if pixel_format in PLANAR_FORMATS else None


def lines_of(frame: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Return the planes of a frame of such a format with what pads their lines: uint8 hx(w + padding).

    They are contiguous views of its memory, to be read only; a frame that was just made may be written to.
    """
    first, second, third = (
        np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)  # type: ignore[call-overload]
        for plane in frame.planes
    )
    return first, second, third


def planes_of(frame: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
    """Return the same without the padding: uint8 hxw."""
    first, second, third = (
        lines[:, : plane.width] for lines, plane in zip(lines_of(frame), frame.planes, strict=True)
    )
    return first, second, third
