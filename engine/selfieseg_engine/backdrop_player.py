"""The background picture of a stream, opened and decoded beside it: a frame never waits for a file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.backdrop import Backdrop, ImageBackdrop
from selfieseg_engine.composite.background import ImageBackground, VideoBackground
from selfieseg_engine.composite.video_backdrop import VideoBackdrop

Picture = npt.NDArray[np.uint8]
MovingOrStill = ImageBackground | VideoBackground


def open_backdrop(
    wanted: MovingOrStill, size: tuple[int, int], report: Callable[[Exception], None]
) -> Backdrop:
    """Open a picture or a recording to cover ``size`` = (width, height). Slow; any thread.

    ``report`` hears of a picture that changes into one that cannot be used.

    Raises:
        PictureError: it cannot be had; says why.
    """
    if isinstance(wanted, VideoBackground):
        return VideoBackdrop(wanted.path, size)
    return ImageBackdrop(wanted.path, size, report)


class BackdropPlayer:
    """One background on a thread of its own. Everything public is the session worker's.

    Args:
        name: of the thread.
        wanted: what to open.
        size: (width, height) of the frames.
        report: takes what is wrong with the file, until ``close``; on the player's thread, with its lock
            held: must be quick and must not call back.

    Attributes:
        has_failed: the file could not be opened or read on; nothing will come any more.
    """

    def __init__(
        self, name: str, wanted: MovingOrStill, size: tuple[int, int], report: Callable[[Exception], None]
    ) -> None:
        self.wanted = wanted
        self.size = size
        self.has_failed = False
        self._report = report
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._picture: Picture | None = None
        self._is_due = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin opening the file. A system without threads left is reported as ``MemoryError``."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self._tell(MemoryError(str(error)))

    def picture(self) -> Picture | None:
        """Return the newest picture, uint8 HxWx3 BGR, not to be changed; None until there is one.

        Asking has the next one decoded, so that a background nobody draws costs nothing.
        """
        with self._changed:
            self._is_due = True
            self._changed.notify()
            return self._picture

    def close(self) -> None:
        """Ask the thread to leave; it closes the file. May be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def _run(self) -> None:
        try:
            backdrop = open_backdrop(self.wanted, self.size, self._tell)
            try:
                while self._wait_until_due():
                    picture = backdrop.frame_at(time.monotonic())
                    with self._changed:
                        self._picture = picture
            finally:
                backdrop.close()
        except Exception as error:  # noqa: BLE001  # told to the client by the session
            with self._changed:
                self.has_failed = True
                self._picture = None  # a dark grey rather than a recording that stands still
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        """Report, unless nobody wants this background any more: it would be taken for the next one's."""
        with self._changed:
            if not self._closing:
                self._report(error)

    def _wait_until_due(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._is_due or self._closing)
            self._is_due = False
            return not self._closing
