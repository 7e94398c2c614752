"""A recording that loops behind the person. One thread at a time; reads a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.backdrop import cover, require_file, require_side
from selfieseg_engine.errors import PictureError

_USUAL_FPS = 30.0
_HIGHEST_FPS = 240.0
_LONGEST_GAP_SECONDS = 1.0


class VideoBackdrop:
    """Plays a recording in a loop, at its own frame rate, by the clock that the caller hands in.

    Args:
        path: of the recording.
        size: (width, height) of the frames wanted; the recording covers it and is cut in the middle.

    Raises:
        PictureError: it is missing, a folder, no video, without frames, or a side has over 16384 pixels.
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        require_file(path, "video")
        self._path = path
        self._size = size
        # FFmpeg by name: left to choose, OpenCV takes a name with digits for a series of pictures.
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        try:
            self._fps = self._checked_fps()
            self._picture = self._next_picture()
        except PictureError:
            self.close()
            raise
        self._started: float | None = None
        self._index = 0  # of the shown frame, counted through all loops

    def frame_at(self, t_seconds: float) -> npt.NDArray[np.uint8]:
        """Return the frame that is due, uint8 HxWx3 BGR; the first call shows the first frame.

        After a gap of more than a second, and when the clock goes back, it plays on where it stood.
        """
        if self._started is None:
            self._started = t_seconds
        # The little more keeps 0.1 s at 10 frames a second from being frame 0.
        due = math.floor((t_seconds - self._started) * self._fps + 1e-6) - self._index
        if due < 0 or due > max(1.0, _LONGEST_GAP_SECONDS * self._fps):
            due = 1 if due > 0 else 0
            self._started = t_seconds - (self._index + due) / self._fps
        if due > 0:
            for _ in range(due - 1):
                self._advance()
            self._picture = self._next_picture()
            self._index += due
        return self._picture

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        self._capture.release()

    def _checked_fps(self) -> float:
        if not self._capture.isOpened():
            raise PictureError(
                f"{self._path} cannot be read",
                "it is not a video, or damaged",
                "use an MP4, MKV, WebM or MOV file",
            )
        require_side(
            self._path, (self._property(cv2.CAP_PROP_FRAME_WIDTH), self._property(cv2.CAP_PROP_FRAME_HEIGHT))
        )
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        return fps if 0 < fps <= _HIGHEST_FPS else _USUAL_FPS

    def _property(self, number: int) -> int:
        return int(self._capture.get(number))

    def _next_picture(self) -> npt.NDArray[np.uint8]:
        self._advance()
        done, picture = self._capture.retrieve()
        if not done:
            raise self._without_frames()
        return cover(_as_bgr(picture), self._size)

    def _advance(self) -> None:
        """Go to the next frame, after the last one to the first."""
        if self._capture.grab():
            return
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
        if not self._capture.grab():
            raise self._without_frames()

    def _without_frames(self) -> PictureError:
        return PictureError(
            f"{self._path} cannot be played", "no frame could be read from it", "use another video"
        )


def _as_bgr(picture: Any) -> npt.NDArray[np.uint8]:
    return np.asarray(picture, np.uint8)
