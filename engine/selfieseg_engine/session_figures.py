"""What one session measures about itself. Fed by its worker and by the I/O thread; locked inside."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from selfieseg_engine.timing import Durations, Rate


@dataclass(frozen=True)
class FiguresSnapshot:
    """One moment's figures of a session; ``class_model`` is the one at work.

    ``model_ready_s`` and ``first_matte_s`` are how long it waited for these; None before that.
    """

    fps_in: float
    fps_out: float
    dropped: int
    infer_ms_p50: float
    inferences_per_s: float
    mattes: int
    mattes_without_inference: int
    model_ready_s: float | None
    first_matte_s: float | None
    class_maps_per_s: float
    class_model: str | None
    effects_in_engine: bool


class SessionFigures:
    """Rates, durations and drops of one session. Any thread.

    ``began`` is when it was asked for; this and every ``now`` are in seconds of the monotonic clock.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._lock = threading.Lock()
        self._model_ready_s: float | None = None
        self._first_matte_s: float | None = None
        self._frames_in = Rate()
        self._mattes_out = Rate()
        self._inference = Durations()
        self._inferences = Rate()
        self._mattes = 0
        self._without_inference = 0
        self._class_maps = Rate()
        self._dropped = 0
        self._class_model: str | None = None
        self._effects_in_engine = False

    def model_ready(self, now: float) -> None:
        """Note that frames can be answered; the first time counts."""
        with self._lock:
            if self._model_ready_s is None:
                self._model_ready_s = now - self._began

    def frame_arrived(self, now: float) -> None:
        """Note a frame that the client sent."""
        with self._lock:
            self._frames_in.count(now)

    def frame_dropped(self) -> None:
        """Note a frame that gets no matte: a newer one came, or it was overwritten."""
        with self._lock:
            self._dropped += 1

    def matte_made(self, now: float, infer_ns: int | None) -> None:
        """Note a finished matte; ``infer_ns`` is None where the picture stood still: the last one served."""
        with self._lock:
            self._mattes_out.count(now)
            self._mattes += 1
            if self._first_matte_s is None:
                self._first_matte_s = now - self._began
            if infer_ns is None:
                self._without_inference += 1
            else:
                self._inferences.count(now)
                self._inference.add_ns(infer_ns)

    def class_map_made(self, now: float) -> None:
        """Note class planes that were published."""
        with self._lock:
            self._class_maps.count(now)

    def look_followed(self, class_model: str | None, effects_in_engine: bool) -> None:
        """Note what the look has come to: the class model at work, and whether composites are made here."""
        with self._lock:
            self._class_model = class_model
            self._effects_in_engine = effects_in_engine

    def snapshot(self, now: float) -> FiguresSnapshot:
        """Return all figures of this moment."""
        with self._lock:
            return FiguresSnapshot(
                fps_in=self._frames_in.per_second(now),
                fps_out=self._mattes_out.per_second(now),
                dropped=self._dropped,
                infer_ms_p50=self._inference.percentile_ms(0.5),
                inferences_per_s=self._inferences.per_second(now),
                mattes=self._mattes,
                mattes_without_inference=self._without_inference,
                model_ready_s=self._model_ready_s,
                first_matte_s=self._first_matte_s,
                class_maps_per_s=self._class_maps.per_second(now),
                class_model=self._class_model,
                effects_in_engine=self._effects_in_engine,
            )
