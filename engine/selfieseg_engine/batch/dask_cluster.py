"""Workers of a Dask cluster. One thread at a time; Dask's client has a thread of its own.

The only user of Dask. Load this file only where a cluster is wanted: Dask is an extra.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

from distributed import Client, Future, KilledWorker

from selfieseg_engine.batch.errors import ClusterError
from selfieseg_engine.batch.node_facts import NodeFacts, NodeQuestion, node_facts
from selfieseg_engine.batch.perform import perform
from selfieseg_engine.batch.tasks import Failed, JoinTask, Outcome, Task

_CONNECT_SECONDS = 20
_MOST_SECONDS_ALONE = 60.0
_SECONDS_BETWEEN_LOOKS = 2.0


class DaskCluster:
    """The workers of the scheduler at ``address``, such as ``tcp://host:8786``.

    Dask gives the tasks of a worker that is gone to others, and takes in workers that come later.

    Raises:
        ClusterError: there is no scheduler, it has no workers, or one does several tasks in one process.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        try:
            client: Any = Client  # it has no annotations
            self._client = client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterError(
                f"the cluster {address} cannot be reached",
                str(error) or "nobody answers",
                "start `dask scheduler` there, and give the address that it tells",
            ) from error
        self._futures: dict[str, Future[Outcome]] = {}
        self._done: queue.Queue[tuple[Task, Future[Outcome]]] = queue.Queue()
        self._alone_since: float | None = None
        self._looked = time.monotonic()
        try:
            self._require_workers()
        except BaseException:
            self.close()
            raise

    @property
    def dashboard(self) -> str | None:
        """Return the address of Dask's own pages; None where the scheduler has none."""
        services = self._client.scheduler_info()["services"]
        return str(self._client.dashboard_link) if "dashboard" in services else None

    def ask_nodes(self, question: NodeQuestion) -> dict[str, NodeFacts]:
        """Return every worker's answer, by its address. Raises ``ClusterError`` where one has none."""
        answers = self._client.run(node_facts, question, on_error="return")
        for address, answer in answers.items():
            if not isinstance(answer, NodeFacts):
                raise ClusterError(
                    f"the node {address} cannot take part",
                    f"this program is not there, or another version of it ({answer!r})",
                    "install the same on all nodes and start its workers again",
                )
        return dict(answers)

    def submit(self, task: Task) -> None:
        """See ``Workers``. Joins go first: they make room on the disk. Raises ``ClusterError``."""
        if self._client.status != "running":
            raise self._gone()
        key = f"selfieseg-{task.run.name}-{task.key}"
        future = self._client.submit(
            perform, task, key=key, pure=False, priority=1 if isinstance(task, JoinTask) else 0
        )
        self._futures[task.key] = future
        future.add_done_callback(self._callback(task))

    def next_done(self, seconds: float) -> tuple[Task, Outcome] | None:
        """See ``Workers``. Raises ``ClusterError`` where the scheduler or all workers are gone."""
        try:
            task, future = self._done.get(timeout=seconds)
        except queue.Empty:
            self._require_alive()
            return None
        if future.status in ("cancelled", "lost"):
            raise self._gone()
        self._futures.pop(task.key, None)
        if future.status == "finished":
            try:
                return task, future.result()
            except (OSError, CancelledError) as gone:
                raise self._gone() from gone
        error = future.exception()  # type: ignore[no-untyped-call]
        if isinstance(error, KilledWorker):
            why = "its workers died again and again, look for a damaged file or too little memory"
            return task, Failed(f"{task.job.source} cannot be made, {why}")
        return task, Failed(f"{task.job.source} cannot be made, {error!r}, look at the workers' logs")

    def close(self) -> None:
        """See ``Workers``."""
        self._futures.clear()
        self._client.close(timeout=5)

    def _callback(self, task: Task) -> Callable[[Future[Outcome]], None]:
        return lambda future: self._done.put((task, future))

    def _workers(self) -> dict[str, int]:
        """Return how many tasks each worker does at a time, by its address."""
        try:
            threads: dict[str, int] = self._client.nthreads()
        except OSError as error:
            raise self._gone() from error
        return threads

    def _require_workers(self) -> None:
        workers = self._workers()
        if not workers:
            raise ClusterError(
                f"the cluster {self._address} has no workers",
                "nobody would do the work",
                f"start `dask worker {self._address} --nthreads 1` on each node",
            )
        for address, threads in workers.items():
            if threads != 1:
                raise ClusterError(
                    f"the worker {address} cannot take part",
                    f"it would do {threads} tasks at a time in one process",
                    f"start it with `dask worker {self._address} --nthreads 1 --nworkers N`",
                )

    def _require_alive(self) -> None:
        now = time.monotonic()
        if now - self._looked < _SECONDS_BETWEEN_LOOKS:
            return
        self._looked = now
        if self._client.status != "running":
            raise self._gone()
        if self._workers():
            self._alone_since = None
            return
        self._alone_since = self._alone_since or now
        if now - self._alone_since > _MOST_SECONDS_ALONE:
            raise ClusterError(
                f"the cluster {self._address} has no workers any more",
                "the last one left a minute ago",
                "start some and run the same again: what is done stays done",
            )

    def _gone(self) -> ClusterError:
        return ClusterError(
            f"the cluster {self._address} is gone",
            "its scheduler does not answer any more",
            "start it and run the same again: what is done stays done",
        )
