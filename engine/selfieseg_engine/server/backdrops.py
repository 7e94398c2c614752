"""Answers ``Backdrop``: decodes a picture, off the I/O thread, into a file that a filter has mapped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from selfieseg_engine.errors import PictureError, UserError
from selfieseg_engine.libraries import load_libraries
from selfieseg_engine.refusal import clipped, refusal_of
from selfieseg_engine.region_file import RegionFileError, checked_region_path
from selfieseg_wire.messages import Backdrop, BackdropDone
from selfieseg_wire.shared_region import SharedRegion

logger = logging.getLogger(__name__)

_REPORT_REMEDY = "restart OBS; if it stays, report this"


class BackdropRegionError(UserError):
    """The place for the pixels cannot be used."""

    def __init__(self, why: str) -> None:
        super().__init__("the memory for the background picture cannot be used", why, _REPORT_REMEDY)


class BackdropWorker:
    """One thread for all sessions, alive only while there is something to decode.

    ``ask`` is the I/O thread's. Of one session's requests only the newest is fulfilled; the others are not
    answered.

    Args:
        run_dir: where the regions must lie.
        answer: sends the answer of a session with a serial number; called on the worker's thread.
    """

    def __init__(self, run_dir: Path, answer: Callable[[int, BackdropDone], None]) -> None:
        self._run_dir = run_dir
        self._answer = answer
        self._lock = threading.Lock()
        self._requests: dict[int, Backdrop] = {}
        self._thread: threading.Thread | None = None

    def ask(self, serial: int, request: Backdrop) -> None:
        """Want this picture for the session with this serial number. Does not wait.

        Raises:
            MemoryError: the system has no thread left.
        """
        with self._lock:
            self._requests.pop(serial, None)  # the newest request is the last in the row
            self._requests[serial] = request
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, name="backdrops", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                self._requests.clear()
                raise MemoryError(str(error)) from error
            self._thread = thread

    def close(self, timeout_seconds: float) -> bool:
        """Forget what has not begun, wait for the rest, and return whether the thread has left."""
        with self._lock:
            self._requests.clear()
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_seconds)
        return not thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._requests:
                    self._thread = None
                    return
                serial = next(iter(self._requests))
                request = self._requests.pop(serial)
            self._answer(serial, fulfil(request, self._run_dir))


def fulfil(request: Backdrop, run_dir: Path) -> BackdropDone:
    """Put the picture into the region and say so, or say what is wrong. Never raises; slow."""
    try:
        _decode_into_region(request, run_dir)
    except Exception as error:
        if not isinstance(error, UserError | MemoryError):
            logger.exception("the background %r failed", request.picture_path)
        return _trouble(request, error)
    return BackdropDone(request.session, request.serial, "", "")


def _trouble(request: Backdrop, error: Exception) -> BackdropDone:
    if isinstance(error, MemoryError):
        error = PictureError(
            f"{request.picture_path} is too large", "there is no memory left for it", "make it smaller"
        )
    told = refusal_of(request.session, error)
    logger.warning("session %d: background: %s", request.session, told.text)
    return BackdropDone(request.session, request.serial, clipped(told.text), clipped(told.remedy))


def _decode_into_region(request: Backdrop, run_dir: Path) -> None:
    load_libraries()
    import cv2
    import numpy as np

    from selfieseg_engine.composite.backdrop import load_backdrop

    # First the picture: one that cannot be had leaves no mapping behind, not even for a moment.
    bgr = load_backdrop(Path(request.picture_path), (request.width, request.height))
    rgbx = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGBA), np.uint8).data.cast("B")
    with _mapped(request.region_path, run_dir) as region, region.memory as memory:
        if len(memory) < len(rgbx):
            raise BackdropRegionError(f"it has {len(memory)} bytes, the picture needs {len(rgbx)}")
        memory[: len(rgbx)] = rgbx


def _mapped(region_path: str, run_dir: Path) -> SharedRegion:
    try:
        return SharedRegion.open(checked_region_path(region_path, run_dir, "backdrop"))
    except (RegionFileError, OSError, ValueError) as error:
        raise BackdropRegionError(str(error)) from error
