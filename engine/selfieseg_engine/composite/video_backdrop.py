"""A recording that loops behind the person. One thread at a time; reads a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.backdrop import cover, require_chosen
from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import require_picture_size

_USUAL_FPS = 30.0
_HIGHEST_FPS = 240.0
_LONGEST_GAP_SECONDS = 1.0
# One bad frame in a recording is passed over, a file of bad frames would be searched for ever.
_MOST_UNREADABLE_IN_A_ROW = 30
_LEAST_SHARE_OF_FRAMES = 0.1
_MOST_POOR_LOOPS_IN_A_ROW = 3


class VideoBackdrop:
    """Plays a recording in a loop, at its own frame rate, by the clock that the caller hands in.

    Args:
        path: of the recording.
        size: (width, height) of the frames wanted; the recording covers it and is cut in the middle.

    Raises:
        PictureError: it is missing, no plain file, no video, without frames, or larger than a picture may be.
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        require_chosen(path, "video")
        self._path = path
        self._size = size
        # FFmpeg by name: left to choose, OpenCV takes a name with digits for a series of pictures.
        # And by its whole name: "http:x" is a file here, not an address.
        self._capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
        self._frames_in_loop = 0
        self._poor_loops = 0
        self._stands_still = False  # there is but one frame in it
        self._index = -1  # of the shown frame, counted through all loops; -1 before the first
        try:
            self._fps = self._checked_fps()
            self._picture = self._next_picture()
        except PictureError:
            self.close()
            raise
        self._started: float | None = None
        self._index = 0

    def frame_at(self, t_seconds: float) -> npt.NDArray[np.uint8]:
        """Return the frame that is due, uint8 HxWx3 BGR; the first call shows the first frame.

        After a gap of more than a second, and when the clock goes back, it plays on where it stood.

        Raises:
            PictureError: hardly any frame of it can be decoded.
        """
        if self._stands_still:
            return self._picture
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
        require_picture_size(
            self._path, (self._property(cv2.CAP_PROP_FRAME_WIDTH), self._property(cv2.CAP_PROP_FRAME_HEIGHT))
        )
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        return fps if 0 < fps <= _HIGHEST_FPS else _USUAL_FPS

    def _property(self, number: int) -> int:
        return int(self._capture.get(number))

    def _next_picture(self) -> npt.NDArray[np.uint8]:
        for _ in range(_MOST_UNREADABLE_IN_A_ROW):
            self._advance()
            if self._stands_still:
                return self._picture
            done, picture = self._capture.retrieve()
            if done:
                require_picture_size(self._path, picture.shape[1::-1])  # it may change from frame to frame
                return cover(_as_bgr(picture), self._size)
        raise self._unusable("no frame could be read from it")

    def _advance(self) -> None:
        """Go to the next frame, after the last one to the first; nowhere if there is only one."""
        if not self._capture.grab():
            if self._frames_in_loop == 1 and self._index >= 0:
                self._stands_still = True
                return
            self._end_loop()
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            if not self._capture.grab():
                raise self._unusable("no frame could be read from it")
        self._frames_in_loop += 1

    def _end_loop(self) -> None:
        """Judge the loop that is over: going back costs little at a real end, much before bad frames."""
        frames, self._frames_in_loop = self._frames_in_loop, 0
        is_poor = frames < _LEAST_SHARE_OF_FRAMES * self._property(cv2.CAP_PROP_FRAME_COUNT)
        self._poor_loops = self._poor_loops + 1 if is_poor else 0
        if self._poor_loops >= _MOST_POOR_LOOPS_IN_A_ROW:
            raise self._unusable("hardly any of its frames could be read")

    def _unusable(self, why: str) -> PictureError:
        return PictureError(f"{self._path} cannot be played", why, "use another video")


def _as_bgr(picture: Any) -> npt.NDArray[np.uint8]:
    return np.asarray(picture, np.uint8)
