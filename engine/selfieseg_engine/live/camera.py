"""Reads a camera, and waits for it where it has gone. One thread at a time."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Protocol

import cv2
import numpy as np

from selfieseg_engine.live.camera_list import no_pictures, require_camera
from selfieseg_engine.live.errors import CameraError
from selfieseg_engine.live.items import LiveFrame, LiveItem, SourceGone, U8Image
from selfieseg_engine.live.job import CameraWish

# A camera has a bad picture now and then, and may need some to wake up; one that is gone fails at once.
_MOST_FAILURES_IN_A_ROW = 10
_SECONDS_BETWEEN_FAILURES = 0.05
_SECONDS_BETWEEN_OPENINGS = 1.0
_HIGHEST_FPS = 1000
_USUAL_FPS = 30.0
_SYSTEM = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION}


class Capture(Protocol):
    """What is used of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        """Return whether there is a camera."""

    def read(self) -> tuple[bool, Any]:
        """Return whether there is a picture, and it: uint8 HxWx3 BGR."""

    def get(self, propId: int, /) -> float:  # noqa: N803  # OpenCV's name
        """Return a property."""

    def release(self) -> None:
        """Let go of the camera."""


OpenCapture = Callable[[int, CameraWish], Capture]


def open_capture(number: int, wish: CameraWish) -> Capture:
    """Open a camera with OpenCV.

    Raises:
        CameraError: it is not there, or may not be used.
    """
    require_camera(number)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # what is wrong is told by us
    capture = cv2.VideoCapture(number, _SYSTEM.get(sys.platform, cv2.CAP_ANY))
    if sys.platform == "linux":
        # Uncompressed, a USB camera has room for 10 large pictures a second or so.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, wish.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, wish.height)
    capture.set(cv2.CAP_PROP_FPS, wish.fps)
    return capture


class Camera:
    """One camera, open. A context manager.

    Args:
        number: as the system counts; on Linux that of ``/dev/videoN``.
        wish: what to ask of it.
        waits: wait for a camera that has gone rather than raise.
        open_with: opens the camera.

    Attributes:
        size: (width, height) of the first frame; later ones may differ.
        fps: as the camera says.

    Raises:
        CameraError: it is not there, may not be used, or gives no pictures.
    """

    def __init__(
        self,
        number: int,
        wish: CameraWish,
        waits: bool,
        open_with: OpenCapture = open_capture,
    ) -> None:
        self._number = number
        self._wish = wish
        self._waits = waits
        self._open_with = open_with
        self._reading = threading.Lock()
        self._capture, first = self._opened(threading.Event())
        self.size: tuple[int, int] = first.shape[1::-1]
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 0 < fps <= _HIGHEST_FPS else _USUAL_FPS

    def __enter__(self) -> Camera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the camera, once ``items`` has been stopped. May be called twice."""
        # A driver can hold a reader for seconds, and to release under it would crash: left to the system.
        if self._reading.acquire(blocking=False):
            self._capture.release()
            self._reading.release()

    def items(self, stopping: threading.Event) -> Iterator[LiveItem]:
        """Yield frames, and once a second that it has gone, until ``stopping`` is set.

        Raises:
            CameraError: it has gone and is not waited for.
        """
        started = time.monotonic()
        while not stopping.is_set():
            picture = self._read(self._capture, stopping)
            if picture is not None:
                now = time.monotonic()
                yield LiveFrame(picture, now - started, now)
            elif not stopping.is_set():
                yield from self._absence(stopping)

    def _absence(self, stopping: threading.Event) -> Iterator[SourceGone]:
        self._capture.release()
        if not self._waits:
            raise CameraError(
                f"camera {self._number} has gone",
                "it gives no pictures any more",
                "connect it and start again",
            )
        while True:
            yield SourceGone(f"camera {self._number} has gone: connect it again")
            if stopping.wait(_SECONDS_BETWEEN_OPENINGS):
                return
            try:
                self._capture, _ = self._opened(stopping)
            except CameraError:
                continue  # told with the next yield
            return

    def _opened(self, stopping: threading.Event) -> tuple[Capture, U8Image]:
        """Open it and have a first picture: a camera that another program has opens, too."""
        capture = self._open_with(self._number, self._wish)
        picture = self._read(capture, stopping) if capture.isOpened() else None
        if picture is None:
            capture.release()
            raise no_pictures(self._number)
        return capture, picture

    def _read(self, capture: Capture, stopping: threading.Event) -> U8Image | None:
        """Return a picture; None where none comes, or when stopped."""
        for _ in range(_MOST_FAILURES_IN_A_ROW):
            with self._reading:
                done, picture = capture.read()
            if done:
                return np.asarray(picture, np.uint8)
            if stopping.wait(_SECONDS_BETWEEN_FAILURES):
                break
        return None
