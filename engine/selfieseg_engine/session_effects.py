"""What a session's look has come to: its work size, its class maps, its composites.

The session worker's thread only, but for ``join``. What takes time runs elsewhere and comes back as news
through the session's mailbox. Nothing that fails here ends a session: it goes on without that part.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from selfieseg_engine.class_offer import ClassOffer
from selfieseg_engine.class_worker import ClassFrame, ClassModelKey, fresh_planes
from selfieseg_engine.errands import Errands
from selfieseg_engine.errors import UserError
from selfieseg_engine.libraries import load_libraries
from selfieseg_engine.model_leases import ModelKey
from selfieseg_engine.refusal import setting_refusal
from selfieseg_engine.session_classes import ClassNews, SessionClasses
from selfieseg_engine.session_figures import SessionFigures
from selfieseg_engine.session_tools import SessionTools
from selfieseg_engine.work_size import Size, WorkPlan, plan_work
from selfieseg_wire.messages import Error, Frame
from selfieseg_wire.ring import Ring, RingError

if TYPE_CHECKING:
    from selfieseg_engine.frame_inference import Composition, FrameMask
    from selfieseg_engine.matte_stream import MatteWish
    from selfieseg_engine.session_composer import SessionComposer
    from selfieseg_engine.session_look import SessionLook


# How old class planes get while the picture stands still; they may be used for half as long again.
_STILL_CLASS_SECONDS = 1.0


@dataclass(frozen=True)
class EffectFailure:
    """A part of the look that cannot be had."""

    part: Literal["class", "backdrop"]
    error: Exception


EffectNews = ClassOffer | ClassNews | EffectFailure


class SessionEffects:
    """See the module.

    Args:
        session_id: the client's number for the session.
        ring: the session's.
        tools: shared with other sessions.
        figures: the session's.
        post: brings news to the session; called on any thread.
    """

    def __init__(
        self,
        session_id: int,
        ring: Ring,
        tools: SessionTools,
        figures: SessionFigures,
        post: Callable[[EffectNews], None],
    ) -> None:
        self._session_id = session_id
        self._source_size: Size = (0, 0)
        self._ring = ring
        self._figures = figures
        self._post = post
        self._look_text: str | None = None
        self._look: SessionLook | None = None
        self._lookups: Errands[str, ClassOffer] = Errands(
            f"classes-{session_id}",
            tools.find_classes,
            lambda found: post(EffectFailure("class", found) if isinstance(found, Exception) else found),
        )
        self._looked_up: str | None = None
        self._classes = SessionClasses(f"class-maps-{session_id}", tools.classes, post)
        self._composer: SessionComposer | None = None
        self._fed_at = -math.inf
        self._told: set[str] = set()
        self.offer: ClassOffer | None = None  # None until it has been looked up
        self.plan: WorkPlan | None = None  # None before the first ``follow``

    def adopt(self, text: str, source_size: Size) -> Error | None:
        """Read another look. The old one stays where that fails; a first one that fails is the default.

        ``source_size`` is (width, height) of the source's picture, (0, 0) where that is not known.
        """
        self._source_size = source_size
        if text == self._look_text:
            return None
        load_libraries()
        from selfieseg_engine.session_look import read_look

        self._look_text = text
        old, refused = self._look, None
        try:
            self._look = read_look(text)
        except UserError as error:
            refused = setting_refusal(self._session_id, "look", error)
            self._look = old or read_look("")
        self._retry_what_failed(old, self._look)
        return refused

    def heed(self, news: EffectNews) -> Error | None:
        """Take what came from another thread; return what the client is to be told."""
        if isinstance(news, ClassOffer):
            self.offer = news
            return None
        if isinstance(news, ClassNews):
            return self._take_classes(news)
        if news.part == "class":
            self.offer = ClassOffer()
        return self._told_once(news)

    def follow(self, model_input: Size, key: ModelKey) -> WorkPlan | None:
        """Make everything as the look wants it, with what is at hand; None while that is not known.

        Args:
            model_input: (width, height) that the matte model takes.
            key: what the session asked for; class models run on the same device.
        """
        if self.offer is None or self._look is None:
            return None
        layout = self._ring.layout
        needed = self._look.wants_classes and self.offer.classes != 0
        self.plan = plan = plan_work(
            model_input,
            self.offer.input_size if needed else None,
            self._look.in_engine,
            self._look.look.refine_edges,
            self._source_size,
            layout.frame_capacity,
            layout.result_capacity,
        )
        has_use = plan.composes or layout.plane_capacity > 0
        wanted = ClassModelKey(self.offer.model_id, key.device, max(1, key.threads))
        self._classes.follow(wanted if needed and has_use else None)
        self._follow_background(self._look, plan)
        self._figures.look_followed(self._classes.model_id, plan.composes)
        return plan

    def compose_for(self, frame: Frame) -> Composition | None:
        """Return what makes the finished picture of a frame; None where its matte is the answer.

        A frame of another size was under way when the plan changed: a matte serves it best.
        """
        if self._composer is None or self.plan is None or (frame.width, frame.height) != self.plan.size:
            return None
        return self._composer.compose_with(fresh_planes(self._classes.newest, frame.t_ns))

    def matte_wish(self, composes: bool, lag_frames: int) -> MatteWish:
        """Return how mattes are to be made.

        Args:
            composes: they are drawn here, each over its own frame.
            lag_frames: how many frames later they are drawn elsewhere, as their filter has told; 0: not yet.
        """
        from selfieseg_engine.matte_stream import LEAD_FRAMES, MatteWish

        if self._look is None:
            return MatteWish(pauses=True)
        look = self._look
        leads = look.leads and look.smoothing > 0 and not composes  # both take the picture's motion
        # Not farther ahead where the engine is late: so far the motion is not known.
        lead_frames = min(lag_frames or LEAD_FRAMES, LEAD_FRAMES)
        return MatteWish(look.look.refine_edges, look.smoothing, leads, lead_frames, pauses=True)

    def feed_classes(self, found: FrameMask) -> None:
        """Give the class worker a copy if it is free. After the answer: the matte does not wait for it."""
        from selfieseg_engine.frame_inference import frame_copy

        now = time.monotonic()
        rests = not found.is_new and now - self._fed_at < _STILL_CLASS_SECONDS
        if rests or not self._classes.wants_frame(now):
            return
        self._fed_at = now
        frame = found.frame
        try:
            copy = frame_copy(self._ring, frame)
        except RingError:
            return  # its slot has been taken back already: the next frame will do
        size = self._source_size if all(self._source_size) else (frame.width, frame.height)
        self._classes.offer(ClassFrame(copy, found.u8_mask.copy(), size, frame.t_ns))

    def close(self) -> None:
        """End everything that runs beside; ``join`` waits for it."""
        self._lookups.close()
        self._classes.stop()
        if self._composer is not None:
            self._composer.close()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the class worker, after ``close``, and return whether it has left. Any thread."""
        return self._classes.join(timeout_seconds)

    def _retry_what_failed(self, old: SessionLook | None, new: SessionLook) -> None:
        """Give what failed another chance; it is told anew only of another wish."""
        self._classes.forgive()
        if self._composer is not None:
            self._composer.forgive()
        if old is None or (old.class_model, old.look.background) != (new.class_model, new.look.background):
            self._told.clear()
        if new.class_model != self._looked_up or self.offer == ClassOffer():
            self._looked_up = new.class_model
            self._lookups.ask(new.class_model)

    def _take_classes(self, news: ClassNews) -> Error | None:
        from selfieseg_engine.frame_inference import publish_planes

        told = self._classes.take(news)
        if isinstance(told, Exception):
            return self._told_once(EffectFailure("class", told))
        if told is not None and self.offer is not None:
            self._figures.class_map_made(time.monotonic())
            if told.planes.nbytes <= self._ring.layout.plane_capacity:
                publish_planes(self._ring, told, self.offer.classes)
        return None

    def _follow_background(self, look: SessionLook, plan: WorkPlan) -> None:
        if plan.composes:
            from selfieseg_engine.session_composer import SessionComposer

            if self._composer is None:
                self._composer = SessionComposer(
                    f"backdrop-{self._session_id}",
                    lambda error: self._post(EffectFailure("backdrop", error)),
                )
            self._composer.follow(look.look, plan.size)
        elif self._composer is not None:
            self._composer.close()
            self._composer = None

    def _told_once(self, failure: EffectFailure) -> Error | None:
        refused = setting_refusal(self._session_id, failure.part, failure.error)
        known = f"{refused.code} {refused.text}"
        if known in self._told:
            return None
        self._told.add(known)
        return refused
