"""The frames of a sequence, out of a folder of pictures or a video. One thread at a time; reads files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.files import NOT_MEASURED, pictures_in
from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte
from selfieseg_engine.errors import UserError
from selfieseg_engine.pictures import read_picture
from selfieseg_engine.plain_file import require_plain_file

_USUAL_FPS = 30.0

BgrFrame = npt.NDArray[np.uint8]  # HxWx3


class FrameSource(Protocol):
    """Frames in their order.

    Attributes:
        path: where they come from, for messages. fps: frames in a second.
    """

    path: Path
    fps: float

    def count(self) -> int:
        """Return how many frames there are; a video is run through for it."""

    def names(self) -> list[str]:
        """Return what to call each of them."""

    def read(self) -> Iterator[BgrFrame]:
        """Yield them, uint8 HxWx3 BGR. Raises ``UserError``."""


def open_frames(path: Path) -> FrameSource:
    """Return the frames of a folder of pictures (in the order of their names) or of a video.

    Raises:
        UserError: it is missing, no such folder, or no video.
    """
    if path.is_dir():
        return FolderFrames(path)
    require_plain_file(path)
    return VideoFrames(path)


def read_mattes(source: FrameSource) -> Iterator[U8Matte]:
    """Yield the frames of ``source`` as mattes, uint8 HxW. Raises ``UserError``."""
    for frame_bgr in source.read():
        yield np.asarray(cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2GRAY), np.uint8)


class FolderFrames:
    """Pictures of a folder as frames. Raises ``UserError``: see ``pictures_in``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fps = _USUAL_FPS
        self._paths = pictures_in(path)

    def count(self) -> int:
        """Return how many pictures there are."""
        return len(self._paths)

    def names(self) -> list[str]:
        """Return the names without the ending."""
        return list(self._paths)

    def read(self) -> Iterator[BgrFrame]:
        """Yield the pictures. Raises ``PictureError``."""
        for path in self._paths.values():
            yield read_picture(path)


class VideoFrames:
    """The frames of a recording. Raises ``UserError``: it is no video."""

    def __init__(self, path: Path) -> None:
        self.path = path
        capture = self._open()
        fps = capture.get(cv2.CAP_PROP_FPS)
        capture.release()
        self.fps = fps if fps > 0 else _USUAL_FPS
        self._count: int | None = None

    def count(self) -> int:
        """Return how many frames can be had; what the file says of itself is often wrong."""
        if self._count is None:
            capture = self._open()
            self._count = 0
            while capture.grab():
                self._count += 1
            capture.release()
        return self._count

    def names(self) -> list[str]:
        """Return the frames' numbers, from 00000."""
        return [f"{index:05d}" for index in range(self.count())]

    def read(self) -> Iterator[BgrFrame]:
        """Yield the frames, as many as ``count`` says. Raises ``UserError``: one cannot be decoded."""
        capture = self._open()
        try:
            while capture.grab():
                done, frame_bgr = capture.retrieve()
                if not done:
                    raise self._unusable("it has a frame that cannot be decoded")
                yield np.asarray(frame_bgr, np.uint8)
        finally:
            capture.release()

    def _open(self) -> cv2.VideoCapture:
        # FFmpeg by name: left to choose, OpenCV takes a name with digits for a series of pictures.
        capture = cv2.VideoCapture(str(self.path.absolute()), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise self._unusable("it is not a video, or damaged")
        return capture

    def _unusable(self, why: str) -> UserError:
        return UserError(
            f"{self.path} cannot be read",
            why,
            "use an MP4, MKV, WebM or MOV file, or a folder of pictures",
        )


def require_equal_counts(first: FrameSource, second: FrameSource) -> None:
    """Raise ``UserError`` unless there are as many frames in the one as in the other, and some."""
    if first.count() != second.count() or not first.count():
        raise UserError(
            NOT_MEASURED,
            f"there are {first.count()} frames in {first.path} and {second.count()} in {second.path}",
            "give one matte for each frame",
        )
