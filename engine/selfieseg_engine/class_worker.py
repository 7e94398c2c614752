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


@dataclass(frozen=True)
class ClassModelKey:
    """What a class model is made from: an id of the registry, a wish for a device, a bound of threads."""

    model_id: str
    device: str
    threads: int


@dataclass(frozen=True)
class ClassPlanes:
    """What one frame gave.

    Attributes:
        planes: uint8 hxwx4, probability of hair, body skin, face skin and clothes.
        frame_t_ns: when that frame's picture was drawn.
    """

    planes: U8Image
    frame_t_ns: int


class ClassResultLike(Protocol):
    """The part of a class model's answer that is used here."""

    @property
    def planes(self) -> U8Image:
        """uint8 hxwx4."""
        ...


class ClassModelLike(Protocol):
    """The part of ``ClassModel`` that is used here."""

    def segment(self, frame: U8Image) -> ClassResultLike:
        """Compute the classes of one frame."""
        ...

    def close(self) -> None:
        """Let go of the model."""
        ...


def next_due(started: float, ended: float) -> float:
    """Return when the next map may begin, in seconds: about five a second, a quarter of one core at most."""
    return max(started + INTERVAL_SECONDS, ended + REST_FACTOR * (ended - started))


class ClassWorker:
    """One class model on a thread of its own. ``wants_frame`` and ``offer`` are the session worker's.

    Args:
        name: of the thread.
        key: handed to ``make_model``.
        make_model: compiles the model, on the worker's thread.
        turns: how many class models may infer at the same time in this engine.
        deliver: takes planes, or the failure that ended the worker; on its thread; must be quick.
    """

    def __init__(
        self,
        name: str,
        key: ClassModelKey,
        make_model: Callable[[ClassModelKey], ClassModelLike],
        turns: threading.Semaphore,
        deliver: Callable[[ClassPlanes | Exception], None],
    ) -> None:
        self.key = key
        self._make_model = make_model
        self._turns = turns
        self._deliver = deliver
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._frame: tuple[U8Image, int] | None = None
        self._is_free = False  # not before the model is there
        self._due = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin compiling the model. A system without threads left is delivered as ``MemoryError``."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self._deliver(MemoryError(str(error)))

    def wants_frame(self, now: float) -> bool:
        """Return whether a frame offered now, in seconds of the monotonic clock, would be taken."""
        with self._changed:
            return self._is_free and now >= self._due and not self._stopping

    def offer(self, rgbx_frame: U8Image, frame_t_ns: int) -> None:
        """Hand over a frame that nobody else writes to: uint8 HxWx4 RGBX."""
        with self._changed:
            self._is_free = False
            self._frame = (rgbx_frame, frame_t_ns)
            self._changed.notify()

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
        try:
            model = self._make_model(self.key)
            try:
                self._serve(model)
            finally:
                model.close()
        except Exception as error:  # noqa: BLE001  # told to the client by the session
            with self._changed:
                self._is_free = False
            self._deliver(error)

    def _serve(self, model: ClassModelLike) -> None:
        while True:
            with self._changed:
                self._is_free = self._frame is None
                self._changed.wait_for(lambda: self._stopping or self._frame is not None)
                if self._stopping or self._frame is None:
                    return
                (rgbx_frame, frame_t_ns), self._frame = self._frame, None
            with self._turns:
                started = time.monotonic()
                planes = model.segment(rgbx_frame).planes
                ended = time.monotonic()
            with self._changed:
                if self._stopping:
                    return
                self._due = next_due(started, ended)
            self._deliver(ClassPlanes(planes, frame_t_ns))
