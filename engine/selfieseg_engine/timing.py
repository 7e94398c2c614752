"""Sliding windows over the newest events: bounded memory, cheap to feed. Not locked: one thread, or a lock.

Times are seconds of the monotonic clock; the caller hands them in, so that tests need no waiting.
"""

from __future__ import annotations

import math
from collections import deque

RATE_WINDOW_SECONDS = 2.0
_RATE_EVENTS = 1024
_DURATIONS = 256


class Rate:
    """How often something happened lately."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_RATE_EVENTS)

    def count(self, now: float) -> None:
        """Note one event."""
        self._times.append(now)

    def per_second(self, now: float) -> float:
        """Return events a second over the last two seconds.

        Measured between the first and the last event of the window, so that a stream of exactly
        30 a second reads 30.0, and one that has just begun does not read too low.
        """
        recent = [time for time in self._times if now - time <= RATE_WINDOW_SECONDS]
        if len(recent) < 2 or recent[-1] <= recent[0]:
            return len(recent) / RATE_WINDOW_SECONDS
        # A stream that has stopped must sink: the silence since its last event counts when it is long.
        gap = (recent[-1] - recent[0]) / (len(recent) - 1)
        silence = max(0.0, now - recent[-1] - gap)
        return (len(recent) - 1) / (recent[-1] - recent[0] + silence)


class Durations:
    """The newest durations, in milliseconds."""

    def __init__(self) -> None:
        self._values_ms: deque[float] = deque(maxlen=_DURATIONS)

    def add_ns(self, duration_ns: int) -> None:
        """Note one duration."""
        self._values_ms.append(duration_ns / 1e6)

    def mean_ms(self) -> float:
        """Return the mean of the durations; 0 if there are none."""
        return sum(self._values_ms) / len(self._values_ms) if self._values_ms else 0.0

    def percentile_ms(self, fraction: float) -> float:
        """Return the value that ``fraction`` (0…1) of the durations do not exceed; 0 if there are none."""
        if not self._values_ms:
            return 0.0
        ordered = sorted(self._values_ms)
        rank = max(1, math.ceil(fraction * len(ordered)))
        return ordered[rank - 1]
