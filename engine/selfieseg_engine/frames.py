"""Checks what callers hand in as a frame. Pure; any thread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import FrameError


def require_bgr_frame(frame: npt.NDArray[np.uint8]) -> None:
    """Raise ``FrameError`` unless ``frame`` is a uint8 HxWx3 array with pixels in it."""
    if not isinstance(frame, np.ndarray):
        raise FrameError("this is no frame", f"it is a {type(frame).__name__}", "pass a numpy array")
    if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or frame.size == 0:
        raise FrameError(
            "this is no frame",
            f"it is {frame.dtype} {frame.shape}",
            "pass a uint8 array of shape (height, width, 3) in BGR order",
        )
