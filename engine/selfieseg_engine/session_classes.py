"""A session's class maps: when a worker runs, what it told, and that a failure is told once.

The session worker's thread only; news of the class worker come to it through the session's mailbox.
"""

from __future__ import annotations

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
    """What the class worker has to say."""

    told: ClassPlanes | ClassEnd


class SessionClasses:
    """See the module.

    There is never more than one worker: its successor begins when it has let go of its model. So a look
    that changes a hundred times leaves neither threads nor models behind.

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
        if wanted is None or self._worker is not None or wanted == self._failed:
            return
        self._is_leaving = False
        self._worker = ClassWorker(self._name, wanted, self._tools, lambda told: self._post(ClassNews(told)))
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
        if isinstance(news.told, ClassPlanes):
            if not wanted:
                return None
            self.newest = news.told
            return news.told
        self.newest = None
        self._worker = None
        if worker is not None and wanted and news.told.error is not None:
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
        """Wait until the worker has left and return whether it has. Any thread, after ``stop``."""
        worker = self._worker
        return worker is None or worker.join(timeout_seconds)
