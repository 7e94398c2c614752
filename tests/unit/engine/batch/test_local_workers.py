"""Workers that are processes of this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.unit.engine.batch.batch_options import options

from selfieseg_engine.batch.local_workers import LocalWorkers, usable_cores
from selfieseg_engine.batch.plan import FileJob
from selfieseg_engine.batch.tasks import Failed, InspectTask, Outcome, Task
from selfieseg_engine.batch.work_folder import WorkFolder


@pytest.fixture
def task(tmp_path: Path) -> Iterator[Task]:
    job = FileJob(tmp_path / "nosuch.mp4", tmp_path / "out" / "a.mp4", None, False, False)
    with WorkFolder(tmp_path / "out").run() as run:
        yield InspectTask("1", run, job, options())


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    made = LocalWorkers(1)
    yield made
    made.close()


def spawned() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]


def kill_worker(but: set[int]) -> int:
    """Kill the one process that is there, none of ``but``, as soon as it is; return its id."""
    end = time.monotonic() + 30
    while not (found := [each for each in spawned() if each.pid not in but]):
        assert time.monotonic() < end
    found[0].kill()
    return int(found[0].pid)


def outcome_of(workers: LocalWorkers) -> Outcome:
    end = time.monotonic() + 60
    while (done := workers.next_done(0.1)) is None:
        assert time.monotonic() < end
    return done[1]


def test_a_task_is_done_elsewhere_and_what_is_wrong_comes_back(workers: LocalWorkers, task: Task) -> None:
    workers.submit(task)
    outcome = outcome_of(workers)
    assert isinstance(outcome, Failed)
    assert "nosuch.mp4 cannot be read, there is no such file" in outcome.message


def test_a_task_outlives_a_worker(workers: LocalWorkers, task: Task) -> None:
    before = {each.pid for each in spawned()}
    workers.submit(task)
    kill_worker(before)
    outcome = outcome_of(workers)
    assert isinstance(outcome, Failed)
    assert "there is no such file" in outcome.message


def test_what_kills_two_workers_has_failed_and_the_next_task_is_done(
    workers: LocalWorkers, task: Task
) -> None:
    before = {each.pid for each in spawned()}
    workers.submit(task)
    first = kill_worker(before)
    assert workers.next_done(30) is None
    kill_worker({*before, first})
    outcome = outcome_of(workers)
    assert isinstance(outcome, Failed)
    assert "its worker died 2 times" in outcome.message
    workers.submit(InspectTask("2", task.run, task.job, task.options))
    next_outcome = outcome_of(workers)
    assert isinstance(next_outcome, Failed)
    assert "there is no such file" in next_outcome.message


def test_a_worker_that_dies_while_it_has_nothing_to_do_is_replaced(workers: LocalWorkers, task: Task) -> None:
    before = {each.pid for each in spawned()}
    workers.submit(task)
    outcome_of(workers)
    kill_worker(before)
    (executor,) = workers._idle
    end = time.monotonic() + 30
    while not executor._broken:  # it is told so a moment later
        assert time.monotonic() < end
        time.sleep(0.01)
    workers.submit(InspectTask("2", task.run, task.job, task.options))
    outcome = outcome_of(workers)
    assert isinstance(outcome, Failed)
    assert "there is no such file" in outcome.message


def test_tasks_of_a_run_that_is_over_come_to_nothing(workers: LocalWorkers, task: Task) -> None:
    late = InspectTask("3", task.run.parent / "run-gone", task.job, task.options)
    workers.submit(late)
    assert outcome_of(workers) == Failed("the run is over")


def test_in_the_end_nothing_is_left_that_pythons_exit_would_have_to_wake(task: Task) -> None:
    """A thread that was just ending by itself made a traceback of that."""
    before = set(threading.enumerate())
    workers = LocalWorkers(2)
    for number in ("1", "2"):
        workers.submit(InspectTask(number, task.run, task.job, task.options))
    for _ in range(2):
        outcome_of(workers)
    workers.close()
    assert set(threading.enumerate()) <= before
    assert spawned() == []


def test_there_is_a_core() -> None:
    assert usable_cores() >= 1
