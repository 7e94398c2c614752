"""Class maps of a stream, at a rate of their own: the matte of a frame never waits for them.

The worker knows no ring and no lock that the matte's path wants. The session gives it a copy of a frame
when it is free, and is told of the planes through its mailbox.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from selfieseg_engine.thread_priority import stand_back

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    U8Image = npt.NDArray[np.uint8]

INTERVAL_SECONDS = 0.2
REST_FACTOR = 3.0
STALE_AFTER_NS = 1_500_000_000
_LOOK_UP_SECONDS = 0.1


@dataclass(frozen=True)
class ClassModelKey:
    """What a class model is made from: an id of the registry, a wish for a device, a bound of threads."""

    model_id: str
    device: str
    threads: int


@dataclass(frozen=True)
class ClassFrame:
    """A copy of a work frame, for a class worker alone.

    Attributes:
        rgbx: uint8 HxWx4.
        u8_mask: uint8 hxw, where the matte model sees a person in it.
        picture_size: (width, height) of the picture that it is a squeezed copy of.
        t_ns: when that picture was drawn.
    """

    rgbx: U8Image
    u8_mask: U8Image
    picture_size: tuple[int, int]
    t_ns: int


@dataclass(frozen=True)
class ClassPlanes:
    """What one frame gave.

    Attributes:
        planes: uint8 hxwx4, probability of hair, body skin, face skin and clothes.
        frame_t_ns: when that frame's picture was drawn.
    """

    planes: U8Image
    frame_t_ns: int


@dataclass(frozen=True)
class ClassEnd:
    """The worker has let go of its model and leaves: it was asked to (None), or failed."""

    error: Exception | None


class ClassResultLike(Protocol):
    """The part of a class model's answer that is used here."""

    @property
    def planes(self) -> U8Image:
        """uint8 hxwx4."""
        ...


class ClassModelLike(Protocol):
    """The part of ``ClassModel`` that is used here."""

    def segment(self, frame: ClassFrame) -> ClassResultLike:
        """Compute the classes of one frame."""
        ...

    def close(self) -> None:
        """Let go of the model."""
        ...


@dataclass(frozen=True)
class ClassTools:
    """What all class workers of an engine share. Any thread.

    Attributes:
        obtain: has the model's files on this machine; may download. Slow.
        compile: makes a model of them. Slow, and takes both memory and processor time.
        compile_turns: how many may be compiled at the same time.
        infer_turns: how many may infer at the same time. Mattes never wait for either.
    """

    obtain: Callable[[ClassModelKey], None]
    compile: Callable[[ClassModelKey], ClassModelLike]
    compile_turns: threading.Semaphore
    infer_turns: threading.Semaphore


def fresh_planes(made: ClassPlanes | None, t_ns: int) -> ClassPlanes | None:
    """Return ``made`` if it may be used for a picture drawn at ``t_ns``, by the same clock; else None.

    As long as the GPU half uses it: classes of an older picture would dye the wall.
    """
    return None if made is None or t_ns - made.frame_t_ns > STALE_AFTER_NS else made


def next_due(started: float, ended: float) -> float:
    """Return when the next map may begin, in seconds: about five a second, a quarter of one core at most."""
    return max(started + INTERVAL_SECONDS, ended + REST_FACTOR * (ended - started))


class ClassWorker:
    """One class model on a thread of its own. ``wants_frame`` and ``offer`` are the session worker's.

    Args:
        name: of the thread.
        key: of the model.
        tools: called on the worker's thread.
        deliver: takes planes and, exactly once and last of all, the worker's end; on its thread; must be
            quick.
    """

    def __init__(
        self,
        name: str,
        key: ClassModelKey,
        tools: ClassTools,
        deliver: Callable[[ClassPlanes | ClassEnd], None],
    ) -> None:
        self.key = key
        self._tools = tools
        self._deliver = deliver
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._frame: ClassFrame | None = None
        self._is_free = False  # not before the model is there
        self._due = 0.0
        self._stopping = False
        self._is_obtaining = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin making the model. A system without threads left is delivered as ``MemoryError``."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self._deliver(ClassEnd(MemoryError(str(error))))

    def wants_frame(self, now: float) -> bool:
        """Return whether a frame offered now, in seconds of the monotonic clock, would be taken."""
        with self._changed:
            return self._is_free and now >= self._due and not self._stopping

    def offer(self, frame: ClassFrame) -> None:
        """Hand over a frame that nobody else writes to."""
        with self._changed:
            self._is_free = False
            self._frame = frame
            self._changed.notify()

    @property
    def is_obtaining(self) -> bool:
        """Whether it waits for the model's files, which may take for ever; it has no model meanwhile."""
        with self._changed:
            return self._is_obtaining

    def stop(self) -> None:
        """Ask the worker to leave after what it does now. May be called twice."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def join(self, timeout_seconds: float) -> bool:
        """Wait for it to leave and return whether it has. After ``stop``."""
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        stand_back()  # before the model is there: its inference threads inherit the priority
        end = ClassEnd(None)
        try:
            model = self._make_model()
            if model is not None:
                try:
                    self._serve(model)
                finally:
                    model.close()
        except Exception as error:  # noqa: BLE001  # told to the client by the session
            end = ClassEnd(error)
        with self._changed:
            self._is_free = False
        self._deliver(end)

    def _make_model(self) -> ClassModelLike | None:
        """Return the model; None where it is not wanted any more by the time its turn comes."""
        with self._changed:
            if self._stopping:
                return None
            self._is_obtaining = True
        try:
            self._tools.obtain(self.key)
        finally:
            with self._changed:
                self._is_obtaining = False
        while not self._tools.compile_turns.acquire(timeout=_LOOK_UP_SECONDS):
            if self._is_stopping():
                return None
        try:
            return None if self._is_stopping() else self._tools.compile(self.key)
        finally:
            self._tools.compile_turns.release()

    def _is_stopping(self) -> bool:
        with self._changed:
            return self._stopping

    def _serve(self, model: ClassModelLike) -> None:
        while True:
            with self._changed:
                self._is_free = self._frame is None
                self._changed.wait_for(lambda: self._stopping or self._frame is not None)
                if self._stopping or self._frame is None:
                    return
                frame, self._frame = self._frame, None
            with self._tools.infer_turns:
                started = time.monotonic()
                planes = model.segment(frame).planes
                ended = time.monotonic()
            with self._changed:
                if self._stopping:
                    return
                self._due = next_due(started, ended)
            self._deliver(ClassPlanes(planes, frame.t_ns))
