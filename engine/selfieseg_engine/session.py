"""One filter's stream: its ring, its model, and the worker thread that turns frames into mattes.

Three kinds of threads meet here. The server's I/O thread calls the public methods, none of which wait.
The worker does everything that takes time or touches the ring, and is the only one to answer. A loader
runs while a model is being loaded, so that the worker can go on answering with the old one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfieseg_engine.model_leases import Lease, ModelKey, ModelLeases
from selfieseg_engine.refusal import refusal, refusal_of
from selfieseg_engine.ring_file import MappedRing
from selfieseg_engine.session_figures import SessionFigures
from selfieseg_wire.messages import Error, Frame, Matte, Message, Opened
from selfieseg_wire.ring import RingError, TornSlotError

if TYPE_CHECKING:
    from selfieseg_engine.inference.request import Request

logger = logging.getLogger(__name__)

# Answers of a worker: the message, and whether the session is over with it.
Answer = Callable[[Message, bool], None]
AnswerLine = Callable[[], AbstractContextManager[Answer]]


@dataclass(frozen=True)
class _Job:
    frame: Frame
    arrived_ns: int


class _WarmModel:
    """A leased model and this session's own request of it."""

    def __init__(self, lease: Lease, request: Request) -> None:
        self.model = lease.model
        self.request = request
        self._lease = lease

    def close(self) -> None:
        self.request.close()
        self._lease.release()


class Session:
    """See the module. Made on the I/O thread, which must call ``start`` and, in the end, ``close``.

    Args:
        session_id: the client's number for it.
        source: the OBS source's name, for people.
        mapped_ring: owned by the session from now on.
        leases: where models come from.
        inference_gate: bounds how many sessions infer at the same time.
        answer_line: opened by the worker, on its own thread, to send its answers.
    """

    def __init__(
        self,
        session_id: int,
        source: str,
        mapped_ring: MappedRing,
        leases: ModelLeases,
        inference_gate: threading.Semaphore,
        answer_line: AnswerLine,
    ) -> None:
        self.session_id = session_id
        self.source = source
        self.figures = SessionFigures()
        self._mapped_ring = mapped_ring
        self._leases = leases
        self._gate = inference_gate
        self._answer_line = answer_line
        self._changed = threading.Condition()
        # Guarded by _changed:
        self._newest: _Job | None = None
        self._wanted: ModelKey | None = None
        self._loading = False
        self._arrival: _WarmModel | Exception | None = None
        self._closing = False
        self._opened: Opened | None = None
        # The worker's own:
        self._warm: _WarmModel | None = None
        self._logged_codes: set[str] = set()
        self._worker = threading.Thread(target=self._run, name=f"session-{session_id}", daemon=True)

    def start(self, key: ModelKey) -> None:
        """Begin loading the model; ``Opened`` or ``Error`` follows. I/O thread.

        Raises:
            MemoryError: the system has no thread left; the ring is closed.
        """
        try:
            self._worker.start()
        except RuntimeError as error:
            self._mapped_ring.close()
            raise MemoryError(str(error)) from error
        self.change_model(key)

    @property
    def opened(self) -> Opened | None:
        """Return the answer that opened the session or changed its model last. Any thread."""
        with self._changed:
            return self._opened

    def change_model(self, key: ModelKey) -> None:
        """Load another model; the present one answers until it is warm. The newest wish wins. I/O thread."""
        with self._changed:
            self._wanted = key
            if self._loading:
                return
            self._loading = True
        try:
            threading.Thread(target=self._load, name=f"load-{self.session_id}", daemon=True).start()
        except RuntimeError as error:
            with self._changed:
                self._loading = False
                self._arrival = MemoryError(str(error))
                self._changed.notify()

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
        """Wait for the worker to leave and return whether it has. I/O thread, after ``close``."""
        self._worker.join(timeout_seconds)
        return not self._worker.is_alive()

    # Loader thread

    def _load(self) -> None:
        while True:
            with self._changed:
                key, self._wanted = self._wanted, None
                if key is None or self._closing:
                    self._loading = False
                    return
            arrival = self._try_to_load(key)
            with self._changed:
                # A newer wish makes this one worthless; so does the end.
                if self._wanted is None and not self._closing:
                    self._arrival, arrival = arrival, self._arrival
                    self._changed.notify()
            if isinstance(arrival, _WarmModel):
                arrival.close()

    def _try_to_load(self, key: ModelKey) -> _WarmModel | Exception:
        # Imported on this thread: it is the first to need numpy, and the I/O thread must not wait for it.
        from selfieseg_engine.frame_inference import warm_up

        try:
            lease = self._leases.acquire(key)
            try:
                request = lease.model.new_request()
                warm_up(lease.model, request)
            except BaseException:
                lease.release()
                raise
            return _WarmModel(lease, request)
        except Exception as error:  # noqa: BLE001  # told to the client by the worker
            return error

    # Worker thread

    def _run(self) -> None:
        with self._answer_line() as answer:
            try:
                while self._wait_for_work():
                    self._adopt_arrival(answer)
                    self._infer_newest(answer)
            except Exception as error:
                # The fence: whatever happens to one session, the others go on.
                logger.exception("session %d (%s) failed", self.session_id, self.source)
                answer(refusal_of(self.session_id, error), True)
            finally:
                self._let_go()

    def _wait_for_work(self) -> bool:
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing or self._arrival or (self._newest and self._warm is not None)
            )
            return not self._closing

    def _adopt_arrival(self, answer: Answer) -> None:
        with self._changed:
            arrival, self._arrival = self._arrival, None
        if arrival is None:
            return
        if isinstance(arrival, Exception):
            refused = refusal_of(self.session_id, arrival)
            logger.warning(
                "session %d (%s): %s: %s", self.session_id, self.source, refused.code, refused.text
            )
            answer(refused, self._warm is None)
            return
        old, self._warm = self._warm, arrival
        if old is not None:
            old.close()
        width, height = arrival.model.input_size
        opened = Opened(self.session_id, arrival.model.manifest.id, arrival.model.device, width, height)
        with self._changed:
            self._opened = opened
        answer(opened, False)

    def _infer_newest(self, answer: Answer) -> None:
        if self._warm is None:
            return
        with self._gate:
            # Taken only now: while this thread waited for its turn, a newer frame may have come.
            with self._changed:
                job, self._newest = self._newest, None
                if job is None or self._closing:
                    return
            result = self._infer(job, self._warm)
        if result is not None:
            answer(result, False)

    def _infer(self, job: _Job, warm: _WarmModel) -> Matte | Error | None:
        from selfieseg_engine.frame_inference import infer_slot  # numpy: not before the model is there

        frame = job.frame
        width, height = warm.model.input_size
        if (frame.width, frame.height) != (width, height):
            return self._refused(
                "frame_size",
                f"frame {frame.seq} is {frame.width}x{frame.height}, the model takes {width}x{height}",
                "send frames of the size that the engine named when it opened the session",
            )
        queue_ns = time.monotonic_ns() - job.arrived_ns
        try:
            matte = infer_slot(self._mapped_ring.ring, frame, queue_ns, warm.model, warm.request)
        except TornSlotError:
            # The client has taken the slot back: a frame that nobody waits for any more.
            self.figures.frame_dropped()
            return None
        except RingError as error:
            return self._refused("bad_frame", str(error), "restart OBS; if it stays, report this")
        self.figures.matte_made(time.monotonic(), matte.infer_ns)
        return matte

    def _refused(self, code: str, text: str, remedy: str) -> Error:
        """Refuse one frame; the session goes on, and the log hears of each kind once."""
        if code not in self._logged_codes:
            self._logged_codes.add(code)
            logger.warning("session %d (%s): %s", self.session_id, self.source, text)
        return refusal(self.session_id, code, text, remedy)

    def _let_go(self) -> None:
        with self._changed:
            self._closing = True  # a loader that comes back later drops what it brings
            arrival, self._arrival = self._arrival, None
        if isinstance(arrival, _WarmModel):
            arrival.close()
        if self._warm is not None:
            self._warm.close()
            self._warm = None
        try:
            self._mapped_ring.close()
        except BufferError:
            logger.exception("session %d (%s): its ring stays mapped", self.session_id, self.source)
