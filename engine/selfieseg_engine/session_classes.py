"""A session's class maps: when a worker runs, what it told, and that a failure is told once.

The session worker's thread only; news of the class worker come to it through the session's mailbox.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from selfieseg_engine.class_worker import (
    ClassEnd,
    ClassFrame,
    ClassModelKey,
    ClassPlanes,
    ClassTools,
    ClassWorker,
)


@dataclass(frozen=True)
class ClassNews:
    """What a class worker has to say, with its number."""

    told: ClassPlanes | ClassEnd
    number: int


class SessionClasses:
    """See the module.

    There is never more than one worker with a model: its successor begins when it has let go of that. So a
    look that changes a hundred times leaves neither threads nor models behind. Only the end of a download,
    or of waiting for somebody else's, is not waited for: one worker that is still there may be left alone.

    Args:
        name: of the worker's thread.
        tools: what it makes models with.
        post: brings news to the session, which then calls ``take`` and ``follow``; called on the class
            worker's thread.
    """

    def __init__(
        self,
        name: str,
        tools: ClassTools,
        post: Callable[[ClassNews], None],
    ) -> None:
        self._name = name
        self._tools = tools
        self._post = post
        self._worker: ClassWorker | None = None
        self._number = 0  # of the worker
        self._abandoned: ClassWorker | None = None
        self._is_leaving = False
        self._failed: ClassModelKey | None = None
        self.newest: ClassPlanes | None = None

    @property
    def model_id(self) -> str | None:
        """The class model at work, None for none."""
        return self._worker.key.model_id if self._worker is not None and not self._is_leaving else None

    def follow(self, wanted: ClassModelKey | None) -> None:
        """Have a worker for ``wanted`` and no other; one that failed is not tried again by itself.

        While another is still leaving nothing is begun: its end is news, after which this is called again.
        """
        if self._worker is not None and self._worker.key != wanted:
            self.stop()
            if self._abandoned is None and self._worker.is_obtaining:
                self._abandoned, self._worker = self._worker, None
        if wanted is None or self._worker is not None or wanted == self._failed:
            return
        self._is_leaving = False
        self._number = number = self._number + 1
        self._worker = ClassWorker(
            self._name, wanted, self._tools, lambda told: self._post(ClassNews(told, number))
        )
        self._worker.start()

    def forgive(self) -> None:
        """Let a model that failed be tried again: something has changed."""
        self._failed = None

    def wants_frame(self, now: float) -> bool:
        """Return whether a copy of a frame would be taken now (seconds of the monotonic clock)."""
        return self._worker is not None and self._worker.wants_frame(now)

    def offer(self, frame: ClassFrame) -> None:
        """Hand over a copy of a frame after ``wants_frame``."""
        if self._worker is not None:
            self._worker.offer(frame)

    def take(self, news: ClassNews) -> ClassPlanes | Exception | None:
        """Return what is new: planes, or the failure that ended the worker; None where it is out of date."""
        worker, wanted = self._worker, not self._is_leaving
        if worker is None or news.number != self._number:
            self._abandoned = None  # this was its end, for it never had a model
            return None
        if isinstance(news.told, ClassPlanes):
            if not wanted:
                return None
            self.newest = news.told
            return news.told
        self.newest = None
        self._worker = None
        if wanted and news.told.error is not None:
            self._failed = worker.key
            return news.told.error
        return None

    def stop(self) -> None:
        """End the worker; ``join`` waits for it."""
        self.newest = None
        if self._worker is not None:
            self._is_leaving = True
            self._worker.stop()

    def join(self, timeout_seconds: float) -> bool:
        """Wait until the workers have left and return whether they have. Any thread, after ``stop``."""
        deadline = time.monotonic() + timeout_seconds
        workers = [worker for worker in (self._worker, self._abandoned) if worker is not None]
        return all(worker.join(max(0.0, deadline - time.monotonic())) for worker in workers)
