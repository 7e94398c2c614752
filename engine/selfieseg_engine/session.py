"""One filter's stream: its ring, its model, its look, and the worker thread that answers frames.

The server's I/O thread calls the public methods, none of which wait. The worker is the only one to touch
the ring and to answer. Whatever takes time beside a frame has a thread of its own, and comes to the worker
as news: models are loaded and class models looked up by errands, class maps made by a class worker, pictures
opened by a backdrop player.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from selfieseg_engine.class_offer import ClassOffer, find_class_offer, make_class_model
from selfieseg_engine.class_worker import ClassModelKey, ClassModelLike
from selfieseg_engine.errands import Errands
from selfieseg_engine.errors import UserError
from selfieseg_engine.model_leases import ModelKey, ModelLeases
from selfieseg_engine.refusal import refusal, refusal_of, setting_refusal
from selfieseg_engine.ring_file import MappedRing
from selfieseg_engine.session_classes import ClassNews, SessionClasses
from selfieseg_engine.session_figures import SessionFigures
from selfieseg_engine.warm_model import WarmModel, load_warm_model
from selfieseg_engine.work_size import Size, WorkPlan, plan_work
from selfieseg_wire.messages import Error, Frame, Matte, Message, Opened
from selfieseg_wire.ring import RingError, TornSlotError

if TYPE_CHECKING:
    from selfieseg_engine.session_composer import SessionComposer
    from selfieseg_engine.session_look import SessionLook

logger = logging.getLogger(__name__)

# Answers of a worker: the message, and whether the session is over with it.
Answer = Callable[[Message, bool], None]
AnswerLine = Callable[[], AbstractContextManager[Answer]]


@dataclass(frozen=True)
class SessionTools:
    """What all sessions of an engine share.

    Attributes:
        leases: where models come from.
        inference_gate: bounds how many sessions infer at the same time.
        class_turns: the same for class models; the two never wait for each other.
        find_classes: looks up the class model that a look's wish means. Slow.
        make_class_model: compiles one. Slow.
    """

    leases: ModelLeases
    inference_gate: threading.Semaphore
    class_turns: threading.Semaphore
    find_classes: Callable[[str], ClassOffer] = find_class_offer
    make_class_model: Callable[[ClassModelKey], ClassModelLike] = make_class_model


@dataclass(frozen=True)
class _Job:
    frame: Frame
    arrived_ns: int


@dataclass(frozen=True)
class _Wish:
    """What Open or Configure asks for."""

    key: ModelKey
    look_text: str


@dataclass(frozen=True)
class _Failure:
    """What could not be done beside the frames."""

    of: Literal["model", "class", "backdrop"]
    error: Exception


_News = _Wish | WarmModel | ClassOffer | ClassNews | _Failure


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
        self.figures = SessionFigures()
        self._source_size = source_size
        self._mapped_ring = mapped_ring
        self._gate = tools.inference_gate
        self._answer_line = answer_line
        # The I/O thread's:
        self._wished: _Wish | None = None
        self._loads: Errands[ModelKey, WarmModel] = Errands(
            f"load-{session_id}",
            lambda key: load_warm_model(tools.leases, key),
            lambda outcome: self._post_outcome("model", outcome),
            WarmModel.close,
        )
        # Guarded by _changed:
        self._changed = threading.Condition()
        self._news: deque[_News] = deque()
        self._newest: _Job | None = None
        self._closing = False
        self._opened: Opened | None = None
        # The worker's own:
        self._key: ModelKey | None = None
        self._look_text: str | None = None
        self._look: SessionLook | None = None
        self._warm: WarmModel | None = None
        self._owes_opened = False
        self._lookups: Errands[str, ClassOffer] = Errands(
            f"classes-{session_id}",
            tools.find_classes,
            lambda outcome: self._post_outcome("class", outcome),
        )
        self._looked_up: str | None = None
        self._offer: ClassOffer | None = None
        self._classes = SessionClasses(
            f"class-maps-{session_id}", tools.make_class_model, tools.class_turns, self._post
        )
        self._composer: SessionComposer | None = None
        self._plan: WorkPlan | None = None
        self._told: set[str] = set()
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

    def configure(self, key: ModelKey, look_text: str = "") -> None:
        """Follow another wish; the newest one wins. I/O thread.

        Another model is loaded while the present one goes on answering; another look is drawn from the next
        frame on. A wish that changes nothing loads the model again, for the last attempt may have failed.
        """
        wish = _Wish(key, look_text)
        loads = self._wished is None or key != self._wished.key or wish == self._wished
        self._wished = wish
        self._post(wish)
        if loads:
            self._loads.ask(key)

    def submit(self, frame: Frame) -> None:
        """Hand over the newest frame; one that was not begun yet is dropped. I/O thread."""
        self.figures.frame_arrived(time.monotonic())
        with self._changed:
            superseded = self._newest is not None
            self._newest = _Job(frame, time.monotonic_ns())
            self._changed.notify()
        if superseded:
            self.figures.frame_dropped()

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
        return not self._worker.is_alive() and self._classes.join(max(0.0, deadline - time.monotonic()))

    # Any thread

    def _post(self, news: _News) -> None:
        with self._changed:
            self._news.append(news)
            self._changed.notify()

    def _post_outcome(
        self, of: Literal["model", "class"], outcome: WarmModel | ClassOffer | Exception
    ) -> None:
        self._post(_Failure(of, outcome) if isinstance(outcome, Exception) else outcome)

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
                lambda: self._closing or self._news or (self._newest and self._plan is not None)
            )
            if self._closing:
                return None
            news = list(self._news)
            self._news.clear()
            return news

    def _heed(self, news: _News, answer: Answer) -> None:
        if isinstance(news, _Wish):
            self._key = news.key
            self._adopt_look(news.look_text, answer)
        elif isinstance(news, WarmModel):
            old, self._warm = self._warm, news
            self._owes_opened = True
            if old is not None:
                old.close()
        elif isinstance(news, ClassOffer):
            self._offer = news
        elif isinstance(news, ClassNews):
            self._take_classes(news, answer)
        elif news.of == "model":
            refused = refusal_of(self.session_id, news.error)
            self._log(refused)
            answer(refused, self._warm is None)
        else:
            if news.of == "class":
                self._offer = ClassOffer()
            self._tell(setting_refusal(self.session_id, news.of, news.error), answer)

    def _adopt_look(self, text: str, answer: Answer) -> None:
        from selfieseg_engine.session_look import read_look  # numpy: not on the I/O thread

        if text == self._look_text:
            return
        self._look_text = text
        old = self._look
        try:
            self._look = read_look(text)
        except UserError as error:
            # The look stays as it was; one that was wrong from the start is that of no settings.
            refused = setting_refusal(self.session_id, "look", error)
            self._log_once(refused)
            answer(refused, False)
            self._look = self._look or read_look("")
        self._retry_what_failed(old, self._look)

    def _retry_what_failed(self, old: SessionLook | None, new: SessionLook) -> None:
        """Give what the look needs and what failed another chance; it is told anew only of another wish."""
        self._classes.forgive()
        if self._composer is not None:
            self._composer.forgive()
        if old is None or (old.class_model, old.look.background) != (new.class_model, new.look.background):
            self._told.clear()
        wanted = new.class_model
        if wanted != self._looked_up or self._offer == ClassOffer():
            self._looked_up = wanted
            self._lookups.ask(wanted)

    def _follow(self, answer: Answer) -> None:
        """Make everything as the look, the model and the classes at hand want it; tell what has changed."""
        if self._warm is None or self._offer is None or self._look is None or self._key is None:
            return
        model, offer, look = self._warm.model, self._offer, self._look
        layout = self._mapped_ring.ring.layout
        class_input = offer.input_size if look.wants_classes and offer.classes else None
        self._plan = plan_work(
            model.input_size,
            class_input,
            look.in_engine,
            self._source_size,
            layout.frame_capacity,
            layout.result_capacity,
        )
        has_use = self._plan.composes or layout.plane_capacity > 0
        self._classes.follow(
            ClassModelKey(offer.model_id, self._key.device, self._key.threads)
            if class_input is not None and has_use
            else None
        )
        self._follow_background(look, self._plan)
        self.figures.look_followed(self._classes.model_id, self._plan.composes)
        opened = Opened(
            self.session_id, model.manifest.id, model.device, *self._plan.size, offer.classes, offer.model_id
        )
        if opened != self._opened or self._owes_opened:
            with self._changed:
                self._opened = opened
            self._owes_opened = False
            answer(opened, False)

    def _follow_background(self, look: SessionLook, plan: WorkPlan) -> None:
        if plan.composes:
            from selfieseg_engine.session_composer import SessionComposer

            if self._composer is None:
                self._composer = SessionComposer(
                    f"backdrop-{self.session_id}", lambda error: self._post(_Failure("backdrop", error))
                )
            self._composer.follow(look.look, plan.size)
        elif self._composer is not None:
            self._composer.close()
            self._composer = None

    def _take_classes(self, news: ClassNews, answer: Answer) -> None:
        from selfieseg_engine.frame_inference import publish_planes

        told = self._classes.take(news)
        if isinstance(told, Exception):
            self._tell(setting_refusal(self.session_id, "class", told), answer)
        elif told is not None and self._offer is not None:
            self.figures.class_map_made(time.monotonic())
            if told.planes.nbytes <= self._mapped_ring.ring.layout.plane_capacity:
                publish_planes(self._mapped_ring.ring, told, self._offer.classes)

    def _answer_newest(self, answer: Answer) -> None:
        if self._warm is None or self._plan is None:
            return
        with self._gate:
            # Taken only now: while this thread waited for its turn, a newer frame may have come.
            with self._changed:
                job, self._newest = self._newest, None
                if job is None or self._closing:
                    return
            result = self._infer(job, self._warm, self._plan)
        if result is not None:
            answer(result, False)
        self._feed_classes(job.frame)

    def _infer(self, job: _Job, warm: WarmModel, plan: WorkPlan) -> Matte | Error | None:
        # Numpy: not before the model is there.
        from selfieseg_engine.frame_inference import composite_into_slot, matte_into_slot

        frame, ring = job.frame, self._mapped_ring.ring
        queue_ns = time.monotonic_ns() - job.arrived_ns
        # A frame of another size was under way when the plan changed: a matte serves it best.
        composer = self._composer if (frame.width, frame.height) == plan.size else None
        try:
            if composer is None:
                matte = matte_into_slot(ring, frame, queue_ns, warm.model, warm.request)
            else:
                compose = composer.compose_with(self._classes.newest)
                matte = composite_into_slot(ring, frame, queue_ns, warm.model, warm.request, compose)
        except TornSlotError:
            # The client has taken the slot back: a frame that nobody waits for any more.
            self.figures.frame_dropped()
            return None
        except RingError as error:
            refused = refusal(
                self.session_id, "bad_frame", str(error), "restart OBS; if it stays, report this"
            )
            self._log_once(refused)
            return refused
        self.figures.matte_made(time.monotonic(), matte.infer_ns)
        return matte

    def _feed_classes(self, frame: Frame) -> None:
        """Give the class worker a copy if it is free; the matte has been answered by now."""
        from selfieseg_engine.frame_inference import frame_copy

        if not self._classes.wants_frame(time.monotonic()):
            return
        try:
            copy = frame_copy(self._mapped_ring.ring, frame)
        except RingError:
            return  # its slot has been taken back already: the next frame will do
        self._classes.offer(copy, frame.t_ns)

    def _tell(self, refused: Error, answer: Answer) -> None:
        """Tell of a part of the look that cannot be had, once; the session goes on without it."""
        known = f"{refused.code} {refused.text}"
        if known not in self._told:
            self._told.add(known)
            self._log(refused)
            answer(refused, False)

    def _log(self, refused: Error) -> None:
        logger.warning("session %d (%s): %s: %s", self.session_id, self.source, refused.code, refused.text)

    def _log_once(self, refused: Error) -> None:
        """Log the first of its kind: a flood fills no disk."""
        if refused.code not in self._logged_codes:
            self._logged_codes.add(refused.code)
            self._log(refused)

    def _let_go(self) -> None:
        self._loads.close()
        self._lookups.close()
        self._classes.stop()
        if self._composer is not None:
            self._composer.close()
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
