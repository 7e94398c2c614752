"""The memory from which a model reads one frame. One thread at a time."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt
import openvino as ov

from selfieseg_engine.errors import FrameError
from selfieseg_engine.registry.manifest import Colour, ModelInput

PixelFormat = Literal["BGR", "RGBX"]
PIXEL_BYTES: dict[PixelFormat, int] = {"BGR": 3, "RGBX": 4}

# OpenCV brings pixels into the model's order ten times as quickly as OpenVINO would drop their fourth byte.
_CONVERSIONS: dict[tuple[PixelFormat, Colour], int] = {
    ("BGR", "RGB"): cv2.COLOR_BGR2RGB,
    ("RGBX", "RGB"): cv2.COLOR_RGBA2RGB,
    ("RGBX", "BGR"): cv2.COLOR_RGBA2BGR,
}


class FrameInput:
    """Takes frames of the model's size in one pixel format.

    Args:
        facts: of the model.
        pixel_format: of the frames: ``BGR`` (3 bytes a pixel) or ``RGBX`` (4 bytes, the fourth is ignored).

    Attributes:
        tensor: what the model reads, for ``embed_pixels``; over memory of its own.
    """

    def __init__(self, facts: ModelInput, pixel_format: PixelFormat) -> None:
        self._frame_shape = (facts.height, facts.width, PIXEL_BYTES[pixel_format])
        self._conversion = _CONVERSIONS.get((pixel_format, facts.colour))
        self._pixels = np.zeros((facts.height, facts.width, 3), np.uint8)
        self.tensor: Any = ov.Tensor(self._pixels.reshape(1, facts.height, -1), shared_memory=True)

    def take(self, frame: npt.NDArray[np.uint8]) -> None:
        """Copy a frame, uint8 HxWxC. Raises ``FrameError`` where it is of another shape or type."""
        if frame.shape != self._frame_shape or frame.dtype != np.uint8:
            raise FrameError(
                "`frame` does not fit the model",
                f"it is {frame.dtype} {frame.shape}, and should be uint8 {self._frame_shape}",
                "pass a frame of that shape and type",
            )
        if self._conversion is None:
            np.copyto(self._pixels, frame)
        else:
            cv2.cvtColor(frame, self._conversion, dst=self._pixels)
