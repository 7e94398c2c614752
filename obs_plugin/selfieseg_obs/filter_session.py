"""One filter's session with the engine: which slot is where, which frame goes next, and its figures.

No sockets and no clock: times come in, messages come out. The helper thread only.
"""

from __future__ import annotations

import itertools
import statistics
from collections import deque
from dataclasses import dataclass

from selfieseg_obs.backdrop_retry import BackdropRetry
from selfieseg_obs.choice_troubles import (
    BACKDROP_CODE,
    CLASS_CODE,
    MODEL_CODES,
    SETTING_CODES,
    ChoiceTroubles,
)
from selfieseg_obs.model_wait import ModelWait
from selfieseg_obs.options import Options
from selfieseg_obs.picture_size import picture_size
from selfieseg_obs.ring_host import RingHost, Size
from selfieseg_obs.say_error import say_error
from selfieseg_obs.words import say
from selfieseg_wire.histogram import percentile_bucket, percentile_ms
from selfieseg_wire.messages import Error, Frame, Matte, Opened, Telemetry
from selfieseg_wire.structs import FilterEntry, Owner

SIZE_SETTLED_NS = 500_000_000  # a window that is drawn larger by hand has another size at every frame
ANSWER_LIMIT_NS = 1_000_000_000  # then the frame is given up; supervision judges the engine
FRAME_CODES = ("frame_size", "bad_frame")  # the engine's word on one frame; the session goes on
_KEPT = 256
_RATE_WINDOW_NS = 2_000_000_000

_session_numbers = itertools.count(1)


@dataclass(frozen=True)
class UnderWay:
    """The one frame that the engine has: frames wait here, where a newer one can replace them."""

    seq: int
    slot: int
    sent_ns: int


class FilterSession:
    """What the Python half knows of one filter while the engine serves it."""

    def __init__(
        self, entry: FilterEntry, host: RingHost, options: Options, composite_size: Size | None = None
    ) -> None:
        """Begin; ``composite_size`` is that of the finished pictures, where the ring was made for them."""
        self.number = next(_session_numbers)
        self.entry = entry
        self.host = host
        self.options = options
        self.composite_size = composite_size
        self.picture_size = picture_size(entry)  # as the engine has been told
        self._new_size: tuple[Size, int] | None = None  # another one, and since when
        self.opened: Opened | None = None
        self.model_wait = ModelWait(options.model)
        self.trouble = ""  # with the session as a whole
        self._choices = ChoiceTroubles()
        self._planes_at_trouble = 0
        self._backdrop_retry: BackdropRetry | None = None
        self.ended_at_ns: int | None = None  # by the engine; then it is opened again after a while
        self.under_way: UnderWay | None = None
        self.dropped = 0
        self.answers = 0
        self._round_trips_ns: deque[int] = deque(maxlen=_KEPT)
        self._infer_ns: deque[int] = deque(maxlen=_KEPT)
        self._matte_times_ns: deque[int] = deque(maxlen=_KEPT)

    @property
    def engine_look(self) -> str:
        """The look as the engine is to have it."""
        return self.options.engine_look(self.composite_size is not None)

    def choice_troubles(self) -> list[str]:
        """Return what the engine cannot do of what the user has chosen; it goes on without."""
        if self._choices.has(CLASS_CODE) and self.host.planes_written() > self._planes_at_trouble:
            self._choices.works(CLASS_CODE)
        offers_classes = self.opened is not None and self.opened.classes != 0
        return self._choices.texts(self.options.wants_classes or not offers_classes)

    def is_backdrop_another(self, now_ns: int) -> bool:
        """Return whether the file that the engine could not use has changed: only a new session tries it."""
        retry = self._backdrop_retry
        return retry is not None and self._choices.has(BACKDROP_CODE) and retry.is_due(now_ns)

    def choose(self, options: Options) -> None:
        """Take another choice of the user."""
        if (options.model, options.device) != (self.options.model, self.options.device):
            self.model_wait.begin(options.model)
        self.options = options
        self._choices.follow(options)

    def follow_size(self, now_ns: int) -> bool:
        """Take the picture's present size once it has settled; return whether the engine is to hear of it."""
        size = picture_size(self.entry)
        if size == self.picture_size or not all(size):
            self._new_size = None
            return False
        if self._new_size is None or self._new_size[0] != size:
            self._new_size = size, now_ns
            return False
        if now_ns - self._new_size[1] < SIZE_SETTLED_NS:
            return False
        self.picture_size, self._new_size = size, None
        return True

    def open(self, opened: Opened) -> None:
        """The engine's model is warm: let the filter send frames."""
        self.model_wait.opened(opened)
        needed = opened.work_width * opened.work_height * 4
        if needed > self.host.ring.layout.frame_capacity:
            self.trouble = say("python.trouble.larger_pictures", model=opened.model)
            return
        before, self.opened = self.opened, opened
        self.trouble = ""
        self._forget_what_works(before, opened)
        self.entry.classes = opened.classes
        size = opened.work_width, opened.work_height
        if before is None or (before.work_width, before.work_height) != size:
            self.host.publish(self.entry, *size)

    def _forget_what_works(self, before: Opened | None, opened: Opened) -> None:
        if before is None or (before.model, before.device) != (opened.model, opened.device):
            self._choices.works(*MODEL_CODES)
        if before is not None and opened.classes and before.class_model != opened.class_model:
            self._choices.works(CLASS_CODE)

    def next_frame(self, now_ns: int) -> Frame | None:
        """Return the newest waiting frame if the engine is free, and drop the older ones."""
        if self.opened is None or self.ended_at_ns is not None:
            return None
        if self.under_way is not None and now_ns - self.under_way.sent_ns > ANSWER_LIMIT_NS:
            self._free(self.under_way.slot)
            self.under_way = None
        ring = self.host.ring
        busy = self.under_way.slot if self.under_way is not None else None
        waiting = [index for index in ring.owned_by(Owner.FRAME) if index != busy]
        if not waiting:
            return None
        newest = max(waiting, key=lambda index: ring.slot(index).frame_seq_end)
        for index in waiting:
            if index != newest:
                self._free(index)
        if self.under_way is not None:
            return None
        slot = ring.slot(newest)
        seq = slot.frame_seq_end
        self.under_way = UnderWay(seq, newest, now_ns)
        return Frame(
            session=self.number,
            seq=seq,
            slot=newest,
            width=slot.frame_width,
            height=slot.frame_height,
            stride=slot.frame_stride,
            format=slot.frame_format,
            t_ns=slot.frame_t_ns,
        )

    def take(self, matte: Matte, now_ns: int) -> bool:
        """Hand a matte to the Lua half; False where it answers nothing that was asked (it is ignored)."""
        asked = self.under_way
        if asked is None or (asked.seq, asked.slot) != (matte.seq, matte.slot):
            return False
        self.under_way = None
        self.answers += 1
        self._round_trips_ns.append(now_ns - asked.sent_ns)
        self._infer_ns.append(matte.infer_ns)
        self._matte_times_ns.append(now_ns)
        self.host.ring.slot(asked.slot).owner = Owner.RESULT
        return True

    def refuse(self, error: Error, now_ns: int) -> None:
        """The engine could not do something for this filter: remember why if it lasts.

        It answers the frame that it has all the same where it goes on without a choice; else that is freed.
        """
        text = say_error(error.text, error.remedy)
        goes_on = MODEL_CODES + SETTING_CODES if self.opened is not None else SETTING_CODES
        ends = error.code not in FRAME_CODES and not error.code.startswith(goes_on)
        self.model_wait.failed(error.code, ends)
        if error.code.startswith(goes_on):
            self._choices.add(error.code, text, self.options)
            self._planes_at_trouble = self.host.planes_written()
            if error.code.startswith(BACKDROP_CODE):
                self._backdrop_retry = BackdropRetry(self.options, now_ns)
            return
        if self.under_way is not None:
            self._free(self.under_way.slot)
            self.under_way = None
        if ends:
            self.trouble = text
            self.ended_at_ns = now_ns

    def mattes_per_second(self, now_ns: int) -> float:
        """Return the rate of the last two seconds."""
        recent = sum(now_ns - then <= _RATE_WINDOW_NS for then in self._matte_times_ns)
        return recent * 1e9 / _RATE_WINDOW_NS

    def infer_ms(self) -> float:
        """Return the median inference time of the last mattes, 0 without any."""
        return statistics.median(self._infer_ns) / 1e6 if self._infer_ns else 0.0

    def telemetry(self, restarts: int) -> Telemetry:
        """Return the filter's counters for ``stats``."""
        entry = self.entry
        round_trips = sorted(self._round_trips_ns)
        return Telemetry(
            session=self.number,
            frames=entry.frames,
            without_matte_frames=entry.without_matte_frames,
            dropped=entry.dropped + self.dropped,
            callback_ms_p50=percentile_ms(entry.callback_histogram, 0.5),
            callback_ms_p99=percentile_ms(entry.callback_histogram, 0.99),
            matte_age_ms_p50=percentile_ms(entry.matte_age_histogram, 0.5),
            round_trip_ms_p50=_rank(round_trips, 0.5) / 1e6,
            round_trip_ms_p95=_rank(round_trips, 0.95) / 1e6,
            restarts=restarts,
            alignment=entry.alignment,
            delay_ms=round(entry.delay_ns / 1e6, 1),
            matte_lag_frames_p50=percentile_bucket(entry.matte_lag_histogram, 0.5),
            repeated_frames=entry.repeated_frames,
        )

    def _free(self, index: int) -> None:
        self.host.ring.slot(index).owner = Owner.FREE
        self.dropped += 1


def _rank(ordered: list[int], fraction: float) -> int:
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))] if ordered else 0
