"""One filter's stream: its ring, its model, its look, and the worker thread that answers frames.

The server's I/O thread calls the public methods, none of which wait. The worker is the only one to touch
the ring and to answer. Whatever takes time beside a frame has a thread of its own, and comes to the worker
as news: models are loaded by errands, and see ``session_effects`` for what the look needs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from selfieseg_engine.errands import Errands
from selfieseg_engine.errors import DeviceFailedError, InferenceError
from selfieseg_engine.measured_choice import CPU
from selfieseg_engine.model_leases import ModelKey
from selfieseg_engine.refusal import kept_model_refusal, refusal, refusal_of
from selfieseg_engine.ring_file import MappedRing
from selfieseg_engine.session_effects import EffectNews, SessionEffects
from selfieseg_engine.session_figures import SessionFigures
from selfieseg_engine.session_tools import SessionTools
from selfieseg_engine.warm_model import WarmModel, load_warm_model
from selfieseg_engine.work_size import Size
from selfieseg_wire.messages import Error, Frame, Matte, Message, Opened
from selfieseg_wire.ring import RingError, TornSlotError

if TYPE_CHECKING:
    from selfieseg_engine.frame_inference import FrameMask

logger = logging.getLogger(__name__)

# Whoever changes his mind does not wait for the end of a download; compiling a model takes less.
_PATIENCE_SECONDS = 2.0

# Answers of a worker: the message, and whether the session is over with it.
Answer = Callable[[Message, bool], None]
AnswerLine = Callable[[], AbstractContextManager[Answer]]


@dataclass(frozen=True)
class _Job:
    frame: Frame
    arrived_ns: int


@dataclass(frozen=True)
class _Wish:
    """What Open or Configure asks for."""

    key: ModelKey
    look_text: str
    source_size: Size


@dataclass(frozen=True)
class _LoadFailure:
    error: Exception


_News = _Wish | WarmModel | _LoadFailure | EffectNews


class Session:
    """See the module. Made on the I/O thread, which must call ``start`` and, in the end, ``close``.

    Args:
        session_id: the client's number for it.
        source: the OBS source's name, for people.
        source_size: (width, height) of its picture, (0, 0) where that is not known.
        mapped_ring: owned by the session from now on.
        tools: shared with other sessions.
        answer_line: opened by the worker, on its own thread, to send its answers.
    """

    def __init__(
        self,
        session_id: int,
        source: str,
        source_size: Size,
        mapped_ring: MappedRing,
        tools: SessionTools,
        answer_line: AnswerLine,
    ) -> None:
        self.session_id = session_id
        self.source = source
        self.figures = SessionFigures(time.monotonic())
        self._mapped_ring = mapped_ring
        self._inference_gate = tools.inference_gate
        self._compose_gate = tools.compose_gate
        self._fallbacks = tools.fallbacks
        self._running = tools.running
        self._answer_line = answer_line
        # The I/O thread's:
        self._source_size = source_size
        self._wished: _Wish | None = None
        self._lag_frames = 0  # written here, read by the worker
        self._loads: Errands[ModelKey, WarmModel] = Errands(
            f"load-{session_id}",
            lambda key: load_warm_model(tools.leases, tools.fallbacks, tools.running, key),
            lambda loaded: self._post(_LoadFailure(loaded) if isinstance(loaded, Exception) else loaded),
            WarmModel.close,
            patience_seconds=_PATIENCE_SECONDS,
        )
        # Guarded by _changed:
        self._changed = threading.Condition()
        self._news: deque[_News] = deque()
        self._newest: _Job | None = None
        self._closing = False
        self._opened: Opened | None = None
        # The worker's own:
        self._key: ModelKey | None = None
        self._warm: WarmModel | None = None
        self._owes_opened = False
        self._effects = SessionEffects(session_id, mapped_ring.ring, tools, self.figures, self._post)
        self._logged_codes: set[str] = set()
        self._worker = threading.Thread(target=self._run, name=f"session-{session_id}", daemon=True)

    def start(self, key: ModelKey, look_text: str = "") -> None:
        """Begin loading the model; ``Opened`` or ``Error`` follows. I/O thread.

        Raises:
            MemoryError: the system has no thread left; the ring is closed.
        """
        try:
            self._worker.start()
        except RuntimeError as error:
            self._mapped_ring.close()
            raise MemoryError(str(error)) from error
        self.configure(key, look_text)

    @property
    def opened(self) -> Opened | None:
        """Return the ``Opened`` that was answered last. Any thread."""
        with self._changed:
            return self._opened

    @property
    def wish(self) -> tuple[ModelKey, str] | None:
        """Return the newest wish: model and look. I/O thread."""
        return None if self._wished is None else (self._wished.key, self._wished.look_text)

    def configure(self, key: ModelKey, look_text: str = "", source_size: Size = (0, 0)) -> None:
        """Follow another wish; the newest one wins. I/O thread.

        Another model is loaded while the present one goes on answering; another look is drawn from the next
        frame on, and work frames follow another size of the picture, (0, 0) for the one before. A wish that
        changes nothing loads the model again, for the last attempt may have failed.
        """
        if all(source_size):
            self._source_size = source_size
        wish = _Wish(key, look_text, self._source_size)
        loads = self._wished is None or key != self._wished.key or wish == self._wished
        if self._wished is not None and key != self._wished.key:
            self._fallbacks.forget(key)
        self._wished = wish
        self._post(wish)
        if loads:
            self._loads.ask(key)

    def submit(self, frame: Frame) -> None:
        """Hand over the newest frame; one that was not begun yet is dropped. I/O thread."""
        with self._changed:
            superseded = self._newest is not None
            self._newest = _Job(frame, time.monotonic_ns())
            self._changed.notify()
        self.figures.frame_arrived(time.monotonic())
        if superseded:
            self.figures.frame_dropped()

    def follow_lag(self, frames: int) -> None:
        """Heed how many frames later mattes are drawn than the pictures they were made of. I/O thread."""
        self._lag_frames = frames

    def close(self) -> None:
        """Ask the worker to leave; it unmaps the ring when it does. Any thread; may be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the worker, and for its class worker, and return whether they have left.

        I/O thread, after ``close``.
        """
        deadline = time.monotonic() + timeout_seconds
        self._worker.join(timeout_seconds)
        return not self._worker.is_alive() and self._effects.join(max(0.0, deadline - time.monotonic()))

    # Any thread

    def _post(self, news: _News) -> None:
        with self._changed:
            self._news.append(news)
            self._changed.notify()

    # Worker thread

    def _run(self) -> None:
        with self._answer_line() as answer:
            try:
                while (news := self._wait_for_work()) is not None:
                    for each in news:
                        self._heed(each, answer)
                    if news:
                        self._follow(answer)
                    self._answer_newest(answer)
            except Exception as error:
                # The fence: whatever happens to one session, the others go on.
                logger.exception("session %d (%s) failed", self.session_id, self.source)
                answer(refusal_of(self.session_id, error), True)
            finally:
                self._let_go()

    def _wait_for_work(self) -> list[_News] | None:
        """Return the news, maybe none where a frame came; None when it is time to leave."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing or self._news or (self._newest and self._warm and self._effects.plan)
            )
            if self._closing:
                return None
            news = list(self._news)
            self._news.clear()
            return news

    def _heed(self, news: _News, answer: Answer) -> None:
        if isinstance(news, WarmModel):
            old, self._warm = self._warm, news
            self._owes_opened = True
            if old is not None:
                old.close()
        elif isinstance(news, _LoadFailure):
            is_over = self._warm is None
            told = refusal_of if is_over else kept_model_refusal
            self._refuse(told(self.session_id, news.error), answer, is_over)
        elif isinstance(news, _Wish):
            if news.key != self._key:
                self._logged_codes.clear()
            self._key = news.key
            self._refuse(self._effects.adopt(news.look_text, news.source_size), answer)
        else:
            self._refuse(self._effects.heed(news), answer)

    def _follow(self, answer: Answer) -> None:
        """Let the effects follow what is new, and tell of a change."""
        if self._warm is None or self._key is None:
            return
        model, failure = self._warm.model, self._warm.failure
        plan = self._effects.follow(model.input_size, _without(failure, self._key))
        offer = self._effects.offer
        if plan is None or offer is None:
            return
        opened = Opened(
            self.session_id, model.manifest.id, model.device, *plan.size, offer.classes, offer.model_id
        )
        is_fresh, self._owes_opened = self._owes_opened, False
        if opened != self._opened or is_fresh:
            with self._changed:
                self._opened = opened
            self.figures.model_ready(time.monotonic())
            answer(opened, False)
        if is_fresh and failure is not None:
            # Not before: what the client knows of troubles with another device ends with Opened.
            answer(refusal_of(self.session_id, failure), False)

    def _answer_newest(self, answer: Answer) -> None:
        if self._warm is None or self._effects.plan is None:
            return
        try:
            made = self._make_newest(self._warm)
        except TornSlotError:
            # The client has taken the slot back: a frame that nobody waits for any more.
            self.figures.frame_dropped()
            return
        except RingError as error:
            remedy = "restart OBS; if it stays, report this"
            self._refuse(refusal(self.session_id, "bad_frame", str(error), remedy), answer)
            return
        except InferenceError as error:
            if self._warm.model.device == CPU:
                raise
            self._leave_device(self._warm, error)
            return
        if made is None:
            return
        found, result = made
        self.figures.matte_made(time.monotonic(), result.infer_ns if found.is_new else None)
        answer(result, False)
        self._effects.feed_classes(found)

    def _make_newest(self, warm: WarmModel) -> tuple[FrameMask, Matte] | None:
        """Return the newest frame's mask and what was made of it; None where there is none, or it is over.

        The models' gate is held while a model runs, and not while a picture is drawn: however many sessions
        draw, mattes do not wait for them.
        """
        # Numpy: not before the model is there.
        from selfieseg_engine.frame_inference import composite_into_slot, mask_of_frame, matte_into_slot

        ring = self._mapped_ring.ring
        with self._inference_gate:
            # Taken only now: while this thread waited for its turn, a newer frame may have come.
            with self._changed:
                job, self._newest = self._newest, None
                if job is None or self._closing:
                    return None
            frame, queue_ns = job.frame, time.monotonic_ns() - job.arrived_ns
            composition = self._effects.compose_for(frame)
            warm.stream.wish = self._effects.matte_wish(composition is not None, self._lag_frames)
            try:
                with self._running.noting(frame.seq, warm.model.device, warm.wish):
                    found = mask_of_frame(ring, frame, queue_ns, warm.request, warm.stream)
            except InferenceError:
                with self._changed:
                    self._newest = self._newest or job  # another device may answer it
                raise
            if composition is None:
                return found, matte_into_slot(ring, found)
        with self._compose_gate:
            return found, composite_into_slot(ring, found, composition)

    def _leave_device(self, warm: WarmModel, error: InferenceError) -> None:
        """Let go of a model whose device failed; the same on the CPU will be news, and the frames wait."""
        self._warm = None
        if warm.wish is not None:
            self._fallbacks.note(warm.wish, warm.model.device, error)
        warm.close()
        asked = None
        # The I/O thread may ask for something newer at any moment, which must be what is asked for last.
        while self._wished is not None and (key := self._wished.key) != asked:
            asked = key
            self._loads.ask(key)

    def _refuse(self, refused: Error | None, answer: Answer, is_over: bool = False) -> None:
        """Tell what cannot be done, if anything; the log hears of each kind once for a model."""
        if refused is None:
            return
        if refused.code not in self._logged_codes:
            self._logged_codes.add(refused.code)
            logger.warning(
                "session %d (%s): %s: %s", self.session_id, self.source, refused.code, refused.text
            )
        answer(refused, is_over)

    def _let_go(self) -> None:
        self._loads.close()
        self._effects.close()
        with self._changed:
            self._closing = True
            leftovers = list(self._news)
            self._news.clear()
        for news in leftovers:
            if isinstance(news, WarmModel):
                news.close()
        if self._warm is not None:
            self._warm.close()
            self._warm = None
        try:
            self._mapped_ring.close()
        except BufferError:
            logger.exception("session %d (%s): its ring stays mapped", self.session_id, self.source)


def _without(failure: DeviceFailedError | None, key: ModelKey) -> ModelKey:
    """Return where class models are to run: not on a device that failed."""
    return key if failure is None else replace(key, device=CPU)
