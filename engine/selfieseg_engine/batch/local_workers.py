"""Workers that are processes of this machine. One thread at a time."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from selfieseg_engine.batch.perform import perform
from selfieseg_engine.batch.tasks import Failed, JoinTask, Outcome, Task

_MOST_DEATHS = 2


class LocalWorkers:
    """So many processes. Each is an executor of its own: if it dies, the task that it had is known.

    They leave when this process is gone, however it went.
    """

    def __init__(self, count: int) -> None:
        self._idle = [_start() for _ in range(count)]
        self._all = set(self._idle)
        self._waiting: deque[Task] = deque()
        self._deaths: dict[str, int] = {}
        self._done: queue.Queue[tuple[ProcessPoolExecutor, Task, Future[Outcome]]] = queue.Queue()

    def submit(self, task: Task) -> None:
        """See ``Workers``. Joins go first: they make room on the disk."""
        if isinstance(task, JoinTask):
            self._waiting.appendleft(task)
        else:
            self._waiting.append(task)
        self._hand_out()

    def next_done(self, seconds: float) -> tuple[Task, Outcome] | None:
        """See ``Workers``."""
        try:
            executor, task, future = self._done.get(timeout=seconds)
        except queue.Empty:
            return None
        try:
            outcome = future.result()
        except BrokenProcessPool:
            return self._after_death(executor, task)
        self._idle.append(executor)
        self._hand_out()
        return task, outcome

    def close(self) -> None:
        """See ``Workers``."""
        self._waiting.clear()
        # One that is not waited for now is woken at Python's exit, without the lock that keeps it from
        # closing its pipe meanwhile: an OSError's traceback, now and then. Each has but one task to end.
        for executor in self._all:
            executor.shutdown()

    def _hand_out(self) -> None:
        while self._idle and self._waiting:
            executor = self._idle.pop()
            try:
                future = executor.submit(perform, self._waiting[0])
            except BrokenProcessPool:  # it died while it had nothing to do
                self._replace(executor)
                continue
            task = self._waiting.popleft()
            future.add_done_callback(
                lambda done, executor=executor, task=task: self._done.put((executor, task, done))  # type: ignore[misc]
            )

    def _after_death(self, executor: ProcessPoolExecutor, task: Task) -> tuple[Task, Outcome] | None:
        self._replace(executor)
        self._deaths[task.key] = deaths = self._deaths.get(task.key, 0) + 1
        if deaths < _MOST_DEATHS:
            self._waiting.appendleft(task)
        self._hand_out()
        if deaths < _MOST_DEATHS:
            return None
        return task, Failed(
            f"{task.job.source} cannot be made, its worker died {deaths} times, "
            "look for a damaged file or too little memory (fewer --workers)"
        )

    def _replace(self, executor: ProcessPoolExecutor) -> None:
        """Have another process instead of one that has died."""
        executor.shutdown()
        self._all.discard(executor)
        fresh = _start()
        self._all.add(fresh)
        self._idle.append(fresh)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start() -> ProcessPoolExecutor:
    # Spawned: a fork would inherit OpenVINO's and FFmpeg's locks without their threads.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin)


def _begin() -> None:
    """Prepare a worker's process: Ctrl-C is the coordinator's, and without it there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, name="parent", daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # it is a spawned process
    parent.join()
    os._exit(1)
