"""Who does tasks: processes of this machine, or a cluster. One thread at a time, the coordinator's."""

from __future__ import annotations

from typing import Protocol

from selfieseg_engine.batch.tasks import Outcome, Task


class Workers(Protocol):
    """Does tasks, in any order."""

    def submit(self, task: Task) -> None:
        """Have a task done sooner or later. Raises ``BatchError`` where there are no workers any more."""

    def next_done(self, seconds: float) -> tuple[Task, Outcome] | None:
        """Return the next task that is done, None if there is none after so many seconds.

        A task whose worker dies is done by another one; where that happens again and again it has failed.
        Raises ``BatchError`` where there are no workers any more.
        """

    def close(self) -> None:
        """Let the workers go; tasks that are not done are forgotten. The run's folder must be gone before."""
