"""A session's class maps: when a worker runs, what it told, and that a failure is told once.

The session worker's thread only; news of the class worker come to it through the session's mailbox.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfieseg_engine.class_worker import ClassModelKey, ClassModelLike, ClassPlanes, ClassWorker

if TYPE_CHECKING:
    from selfieseg_engine.class_worker import U8Image


@dataclass(frozen=True)
class ClassNews:
    """What a class worker has to say, with the worker: it may be one that was stopped meanwhile."""

    worker: ClassWorker
    told: ClassPlanes | Exception


class SessionClasses:
    """See the module.

    Args:
        name: of the worker's thread.
        make_model: compiles a class model.
        turns: how many class models may infer at the same time in this engine.
        post: brings news to the session; called on the class worker's thread.
    """

    def __init__(
        self,
        name: str,
        make_model: Callable[[ClassModelKey], ClassModelLike],
        turns: threading.Semaphore,
        post: Callable[[ClassNews], None],
    ) -> None:
        self._name = name
        self._make_model = make_model
        self._turns = turns
        self._post = post
        self._worker: ClassWorker | None = None
        self._left: list[ClassWorker] = []
        self._failed: ClassModelKey | None = None
        self.newest: ClassPlanes | None = None

    @property
    def model_id(self) -> str | None:
        """The class model at work, None for none."""
        return self._worker.key.model_id if self._worker is not None else None

    def follow(self, wanted: ClassModelKey | None) -> None:
        """Have a worker for ``wanted`` and no other; one that failed is not tried again by itself."""
        if self._worker is not None and self._worker.key != wanted:
            self.stop()
        if wanted is None or self._worker is not None or wanted == self._failed:
            return
        self._worker = worker = ClassWorker(
            self._name,
            wanted,
            self._make_model,
            self._turns,
            lambda told: self._post(ClassNews(worker, told)),
        )
        worker.start()

    def forgive(self) -> None:
        """Let a model that failed be tried again: something has changed."""
        self._failed = None

    def wants_frame(self, now: float) -> bool:
        """Return whether a copy of a frame would be taken now (seconds of the monotonic clock)."""
        return self._worker is not None and self._worker.wants_frame(now)

    def offer(self, rgbx_frame: U8Image, frame_t_ns: int) -> None:
        """Hand over a copy of a frame (uint8 HxWx4 RGBX) after ``wants_frame``."""
        if self._worker is not None:
            self._worker.offer(rgbx_frame, frame_t_ns)

    def take(self, news: ClassNews) -> ClassPlanes | Exception | None:
        """Return what is new: planes, or the failure that ended the worker; None where it is out of date."""
        if news.worker is not self._worker:
            return None
        if isinstance(news.told, Exception):
            self._failed = news.worker.key
            self.stop()
        else:
            self.newest = news.told
        return news.told

    def stop(self) -> None:
        """End the worker; ``join`` waits for it."""
        self.newest = None
        if self._worker is not None:
            self._worker.stop()
            self._left = [worker for worker in self._left if not worker.join(0)]
            self._left.append(self._worker)
            self._worker = None

    def join(self, timeout_seconds: float) -> bool:
        """Wait until all workers have left and return whether they have."""
        return all(worker.join(timeout_seconds) for worker in self._left)
