"""Counts and times of a live run. One thread."""

from __future__ import annotations

from dataclasses import dataclass

from selfieseg_engine.timing import Durations, Rate


@dataclass(frozen=True)
class FrameTimes:
    """Of one frame that was shown, in nanoseconds: the model alone (0: it did not run), all of
    segmenting, drawing, and from its coming to its being shown."""

    infer_ns: int
    segment_ns: int
    draw_ns: int
    delay_ns: int


class LiveFigures:
    """What the overlay and the report tell."""

    def __init__(self) -> None:
        self.drawn = 0
        self.interruptions = 0
        self._infer, self._segment, self._draw, self._delay = (Durations() for _ in range(4))
        self._shown = Rate()
        self._began: float | None = None
        self._ended = 0.0

    def frame_shown(self, now: float, times: FrameTimes) -> None:
        """Note a frame; ``now`` is the monotonic clock in seconds."""
        if self._began is None:
            self._began = now
        self._ended = now
        self.drawn += 1
        self._shown.count(now)
        if times.infer_ns:
            self._infer.add_ns(times.infer_ns)
        self._segment.add_ns(times.segment_ns)
        self._draw.add_ns(times.draw_ns)
        self._delay.add_ns(times.delay_ns)

    def source_gone(self) -> None:
        """Note that the source went away."""
        self.interruptions += 1

    @property
    def infer_ms(self) -> float:
        """Return the mean inference time of the last frames; 0 if there was none."""
        return self._infer.mean_ms()

    def fps(self, now: float) -> float:
        """Return frames shown a second lately."""
        return self._shown.per_second(now)

    def report(self) -> dict[str, float | int]:
        """Return the figures; times are medians of the newest 256 frames in milliseconds."""
        seconds = 0.0 if self._began is None else self._ended - self._began
        return {
            "drawn": self.drawn,
            "seconds": round(seconds, 3),
            "fps": round((self.drawn - 1) / seconds, 2) if seconds > 0 else 0.0,
            "infer_ms_p50": round(self._infer.percentile_ms(0.5), 3),
            "segment_ms_p50": round(self._segment.percentile_ms(0.5), 3),
            "draw_ms_p50": round(self._draw.percentile_ms(0.5), 3),
            "delay_ms_p50": round(self._delay.percentile_ms(0.5), 3),
            "interruptions": self.interruptions,
        }
