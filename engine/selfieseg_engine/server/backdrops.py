"""Answers ``Backdrop``: decodes a picture, off the I/O thread, into a file that a filter has mapped."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from selfieseg_engine.errors import PictureError, UserError
from selfieseg_engine.libraries import load_libraries
from selfieseg_engine.refusal import clipped, refusal_of
from selfieseg_engine.region_file import RegionFileError, checked_region_path
from selfieseg_wire.messages import Backdrop, BackdropDone
from selfieseg_wire.shared_region import SharedRegion

logger = logging.getLogger(__name__)

# Whoever waits for a drive that has gone keeps the others waiting for so long, and so many times.
_PATIENCE_SECONDS = 2.0
_MOST_THREADS = 8
_REPORT_REMEDY = "restart OBS; if it stays, report this"


class BackdropRegionError(UserError):
    """The place for the pixels cannot be used."""

    def __init__(self, why: str) -> None:
        super().__init__("the memory for the background picture cannot be used", why, _REPORT_REMEDY)


class BackdropWorker:
    """Decodes for all sessions, one picture after the other, on a thread that lives only while there is one.

    Where a picture does not come, from a drive that hangs, another thread goes on with the others after a
    while; so there may be several.

    ``ask`` is the I/O thread's. Of one session's requests only the newest is fulfilled; the others are not
    answered.

    Args:
        run_dir: where the regions must lie.
        answer: sends the answer of a session with a serial number; called on such a thread.
    """

    def __init__(self, run_dir: Path, answer: Callable[[int, BackdropDone], None]) -> None:
        self._run_dir = run_dir
        self._answer = answer
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._requests: dict[int, Backdrop] = {}
        self._threads = 0  # those that wait included
        self._busy = 0
        self._done = 0

    def ask(self, serial: int, request: Backdrop) -> None:
        """Want this picture for the session with this serial number. Does not wait.

        Raises:
            MemoryError: the system has no thread left.
        """
        with self._changed:
            self._requests.pop(serial, None)  # the newest request is the last in the row
            self._requests[serial] = request
            try:
                self._have_one_that_waits()
            except RuntimeError as error:
                if not self._threads:  # else one of them takes it
                    self._requests.clear()
                    raise MemoryError(str(error)) from error

    def close(self, timeout_seconds: float) -> bool:
        """Forget what has not begun, wait for the rest, and return whether all threads have left."""
        with self._changed:
            self._requests.clear()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._threads, timeout_seconds)

    def _run(self) -> None:
        patience_seconds = _PATIENCE_SECONDS
        while (taken := self._take(patience_seconds)) is not None:
            patience_seconds = 0.0
            serial, request = taken
            done = fulfil(request, self._run_dir)
            try:
                self._answer(serial, done)
            except Exception:
                logger.exception("session %d: the answer about its background is lost", request.session)
            with self._changed:
                self._busy -= 1
                self._done += 1
                self._changed.notify_all()

    def _take(self, patience_seconds: float) -> tuple[int, Backdrop] | None:
        """Return the oldest request; None where others have taken them all, and the thread is to end."""
        with self._changed:
            self._wait_for_the_others(patience_seconds)
            if not self._requests:
                self._threads -= 1
                self._changed.notify_all()
                return None
            self._busy += 1
            serial = next(iter(self._requests))
            request = self._requests.pop(serial)
            if self._requests:
                with contextlib.suppress(RuntimeError):  # no thread is left: the others wait for this one
                    self._have_one_that_waits()
            return serial, request

    def _wait_for_the_others(self, patience_seconds: float) -> None:
        """Wait until nothing is left, nobody is busy, or nobody has got anything done for so long."""
        while self._requests and self._busy:
            if not self._changed.wait_for(partial(self._has_news_since, self._done), patience_seconds):
                return

    def _has_news_since(self, done: int) -> bool:
        return not self._requests or not self._busy or self._done != done

    def _have_one_that_waits(self) -> None:
        """See that a thread is there for the next request. Holds the lock; raises ``RuntimeError``."""
        if self._threads == self._busy < _MOST_THREADS:
            threading.Thread(target=self._run, name="backdrops", daemon=True).start()
            self._threads += 1


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
