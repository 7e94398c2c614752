"""Timestamps of a recording: every frame gets one, each later than the one before. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from av.stream import Stream

from selfieseg_engine.recording.parcels import Timing

_USUAL_RATE = Fraction(30)


class FrameClock:
    """Timings of one recording's frames, in order.

    Args:
        time_base: seconds of a tick.
        rate: frames per second on average, if known: how far a frame without a time is from the one before.
        shift: seconds to take off every time.
    """

    def __init__(self, time_base: Fraction, rate: Fraction | None, shift: Fraction) -> None:
        self._time_base = time_base
        self._step = max(1, round(1 / ((rate or _USUAL_RATE) * time_base)))
        self._shift = round(shift / time_base)
        self._last: int | None = None

    def timing(self, pts: int | None, duration: int | None) -> Timing:
        """Return the next frame's timing; only a missing time, or one not later than the last, is changed."""
        if self._last is None:
            ticks = 0 if pts is None else pts - self._shift
        else:
            ticks = self._last + self._step if pts is None else max(pts - self._shift, self._last + 1)
        self._last = ticks
        return Timing(ticks, max(0, duration or 0), float(ticks * self._time_base))


def first_start(streams: Iterable[Stream]) -> Fraction:
    """Return when the first of the streams begins, in seconds."""
    starts = [
        stream.start_time * stream.time_base
        for stream in streams
        if stream.start_time is not None and stream.time_base is not None
    ]
    return min(starts, default=Fraction(0))
