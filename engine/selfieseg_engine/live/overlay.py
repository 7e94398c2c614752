"""Words on the preview, and the picture shown while there is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

U8Image = npt.NDArray[np.uint8]

_PLATE_BGR = (32, 32, 32)
_ROWS_OF_FULL_SIZE = 720
_SMALLEST_SCALE, _FULL_SCALE = 0.35, 0.7
_LINE_PIXELS = 34


def with_lines(bgr: U8Image, lines: Sequence[str]) -> U8Image:
    """Return a copy of uint8 HxWx3 with ``lines`` at its top left, white with a dark outline.

    OpenCV's letters are ASCII; others are shown as ``?``.
    """
    scale = max(_SMALLEST_SCALE, _FULL_SCALE * bgr.shape[0] / _ROWS_OF_FULL_SIZE)
    step = scale / _FULL_SCALE * _LINE_PIXELS
    picture = bgr.copy()
    top = picture[: round(step * (len(lines) + 1))]
    letters = np.zeros(top.shape[:2], np.uint8)
    for number, line in enumerate(lines, start=1):
        place = (round(step / 2), round(step * number))
        text = line.encode("ascii", "replace").decode("ascii")
        cv2.putText(letters, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1, cv2.LINE_AA)
    outlines = cv2.dilate(letters, np.ones((3, 3), np.uint8))
    cv2.subtract(top, cv2.cvtColor(outlines, cv2.COLOR_GRAY2BGR), dst=top)
    cv2.add(top, cv2.cvtColor(letters, cv2.COLOR_GRAY2BGR), dst=top)
    return picture


def plate(size: tuple[int, int]) -> U8Image:
    """Return an empty picture, uint8 HxWx3 of ``size`` = (width, height): never an old or a raw frame."""
    return np.full((size[1], size[0], 3), _PLATE_BGR, np.uint8)


def times_line(infer_ms: float, fps: float) -> str:
    """Return how long inference takes, how many a second that would allow, and how many are shown."""
    if infer_ms <= 0:
        return f"shown {fps:.1f} fps"
    return f"inference {infer_ms:.1f} ms ({1000 / infer_ms:.0f} fps)   shown {fps:.1f} fps"
