"""Plays a recording as if it were a camera, or hands out its frames as they are.

One thread at a time, and another to close it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from selfieseg_engine.live.items import LiveFrame, U8Image
from selfieseg_engine.recording.parcels import Parcel, SourceFrame
from selfieseg_engine.recording.reader import RecordingReader

_USUAL_RATE = Fraction(30)
# Later than this the time is given up rather than caught up with: nobody wants to see it run.
_LATEST_SECONDS = 0.5


class Playback:
    """One recording, open. A context manager.

    Args:
        path: of a plain file.
        loop: begin again at its end, for ever.
        salvage: pass over what is damaged instead of raising.

    Attributes:
        size: (width, height) of the frames, upright and with square pixels.
        fps: frames a second on average.
        frame_count: of all that will come, where it is known.

    Raises:
        PictureError, RecordingError: see ``RecordingReader``.
    """

    def __init__(self, path: Path, loop: bool = False, salvage: bool = False) -> None:
        self._path = path
        self._loop = loop
        self._salvage = salvage
        self._reading = threading.Lock()
        self._is_closed = False
        self._reader = RecordingReader(path, salvage)
        facts = self._reader.facts
        self.size = _square_size(facts.size, facts.pixel_aspect)
        self.fps = float(facts.rate or _USUAL_RATE)
        self.frame_count = None if loop else facts.frame_count

    def __enter__(self) -> Playback:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, once ``frames`` is no longer wanted. May be called twice."""
        # A disk can hold a reader for seconds, and to close under it would crash: left to the system.
        self._is_closed = True
        if self._reading.acquire(blocking=False):
            self._reader.container.close()
            self._reading.release()

    def frames(self) -> Iterator[LiveFrame]:
        """Yield the frames as quickly as they are taken. Raises ``RecordingError`` where it is damaged."""
        began = 0.0
        for turn in count():
            if turn and not self._begin_again():
                return
            last = began
            for parcel in self._parcels():
                if parcel.frame is not None:
                    last = began + parcel.frame.timing.seconds
                    picture = _with_square_pixels(parcel.frame.content.bgr, self.size)
                    yield LiveFrame(picture, last, time.monotonic())
            if not self._loop:
                return
            began = last + 1 / self.fps

    def _begin_again(self) -> bool:
        """Open the file anew; return False where it has been closed for good."""
        with self._reading:
            if self._is_closed:
                return False
            self._reader.container.close()
            self._reader = RecordingReader(self._path, self._salvage)
            return True

    def _parcels(self) -> Iterator[Parcel[SourceFrame]]:
        parcels = self._reader.parcels()
        while True:
            with self._reading:
                parcel = None if self._is_closed else next(parcels, None)
            if parcel is None:
                return
            yield parcel


def at_own_pace(
    frames: Iterator[LiveFrame],
    stopping: threading.Event,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[LiveFrame]:
    """Yield each frame when it is due, until ``stopping`` is set; ``now`` is a clock in seconds."""
    started: float | None = None
    for frame in frames:
        moment = now()
        if started is None or moment - (started + frame.seconds) > _LATEST_SECONDS:
            started = moment - frame.seconds
        if stopping.wait(max(0.0, started + frame.seconds - moment)):
            return
        yield LiveFrame(frame.bgr, frame.seconds, now())


def _square_size(size: tuple[int, int], pixel_aspect: Fraction | None) -> tuple[int, int]:
    return max(1, round(size[0] * (pixel_aspect or 1))), size[1]


def _with_square_pixels(bgr: U8Image, size: tuple[int, int]) -> U8Image:
    return bgr if bgr.shape[1::-1] == size else np.asarray(cv2.resize(bgr, size), np.uint8)
