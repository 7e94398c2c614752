"""Pictures and recordings as background, for one picture or a stream. One thread at a time; reads files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import read_picture
from selfieseg_engine.plain_file import require_plain_file

_SECONDS_BETWEEN_LOOKS = 1.0

Picture = npt.NDArray[np.uint8]


class Backdrop(Protocol):
    """What lies behind the person in a stream."""

    def frame_at(self, t_seconds: float) -> Picture:
        """Return uint8 HxWx3 BGR, not to be changed; ``t_seconds`` is any clock that grows."""

    def close(self) -> None:
        """Let go of the file. May be called twice."""


def load_backdrop(path: Path, size: tuple[int, int]) -> Picture:
    """Return the picture at ``path`` as uint8 HxWx3 BGR of ``size`` = (width, height).

    Raises ``PictureError`` where none is chosen, and as ``read_picture`` does.
    """
    require_chosen(path, "picture")
    return cover(read_picture(path), size)


class ImageBackdrop:
    """A picture that is read again when its file changes.

    Args:
        path: of the picture.
        size: (width, height) of the frames.
        report: called when the file has changed and cannot be used; the old picture stays.

    Raises:
        PictureError: see ``load_backdrop``.
    """

    def __init__(
        self, path: Path, size: tuple[int, int], report: Callable[[PictureError], None] | None = None
    ) -> None:
        self._path = path
        self._size = size
        self._report = report
        self._looked_at: float | None = None
        self._version = _version(path)
        self._picture = load_backdrop(path, size)

    def frame_at(self, t_seconds: float) -> Picture:
        """Return the picture, uint8 HxWx3 BGR; looks at the file once a second at most."""
        if self._looked_at is None:
            self._looked_at = t_seconds
        if abs(t_seconds - self._looked_at) >= _SECONDS_BETWEEN_LOOKS:
            self._looked_at = t_seconds
            self._reload_if_changed()
        return self._picture

    def close(self) -> None:
        """Nothing is held open."""

    def _reload_if_changed(self) -> None:
        version = _version(self._path)
        if version == self._version:
            return
        self._version = version
        try:
            self._picture = load_backdrop(self._path, self._size)
        except PictureError as error:
            if self._report is not None:
                self._report(error)


def cover(picture: Picture, size: tuple[int, int]) -> Picture:
    """Scale a uint8 HxWx3 picture until it covers ``size`` = (width, height), and cut around its middle."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    scale = max(size[0] / width, size[1] / height)
    crop_width, crop_height = min(round(size[0] / scale), width), min(round(size[1] / scale), height)
    if crop_width < 1 or crop_height < 1:
        raise PictureError(
            "the background picture does not fit",
            f"it is {width}x{height} for {size[0]}x{size[1]}",
            "use another",
        )
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    cut = picture[top : top + crop_height, left : left + crop_width]
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, size, interpolation=interpolation), np.uint8)


def require_chosen(path: Path, kind: str) -> None:
    """Raise ``PictureError`` unless ``path`` is a plain file; ``kind`` is ``picture`` or ``video``."""
    if path == Path():
        raise PictureError(f"there is no background {kind}", "none is chosen", f"choose a {kind}")
    require_plain_file(path)


def _version(path: Path) -> tuple[int, int] | None:
    """Return what tells one state of the file from another; None where it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
