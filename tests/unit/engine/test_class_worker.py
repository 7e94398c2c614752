from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from selfieseg_engine.class_worker import (
    INTERVAL_SECONDS,
    REST_FACTOR,
    STALE_AFTER_NS,
    ClassEnd,
    ClassFrame,
    ClassModelKey,
    ClassPlanes,
    ClassTools,
    ClassWorker,
    fresh_planes,
    next_due,
)

KEY = ClassModelKey("fake", "CPU", 1)
PICTURE = np.zeros((2, 3, 4), np.uint8)
MASK = np.full((4, 5), 255, np.uint8)
FRAME = ClassFrame(PICTURE, MASK, (300, 200), 77)


@pytest.mark.parametrize("duration", [0.0, 0.01, 0.05, 0.1, 1.0])
def test_a_quarter_of_a_core_at_most_and_five_a_second(duration: float) -> None:
    wait = next_due(0.0, duration)
    assert wait >= INTERVAL_SECONDS - 1e-9
    assert duration / wait <= 1 / (1 + REST_FACTOR) + 1e-9


class FakeModel:
    def __init__(self) -> None:
        self.closed = threading.Event()
        self.niceness: int | None = None
        self.failure: Exception | None = None

    def segment(self, frame: ClassFrame) -> SimpleNamespace:
        if self.failure is not None:
            raise self.failure
        if sys.platform == "linux":
            self.niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return SimpleNamespace(planes=frame.rgbx)

    def close(self) -> None:
        self.closed.set()


class Bench:
    def __init__(self, make: Callable[[ClassModelKey], FakeModel]) -> None:
        self.told: queue.SimpleQueue[ClassPlanes | ClassEnd] = queue.SimpleQueue()
        self.turns, self.compile_turns = threading.Semaphore(1), threading.Semaphore(1)
        self.obtained: list[ClassModelKey] = []
        tools = ClassTools(self.obtained.append, make, self.compile_turns, self.turns)
        self.worker = ClassWorker("test", KEY, tools, self.told.put)

    def begin(self) -> Bench:
        self.worker.start()
        return self

    def wait_until_free(self) -> None:
        deadline = time.monotonic() + 10
        while not self.worker.wants_frame(float("inf")):
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def end(self) -> None:
        self.worker.stop()
        assert self.worker.join(10)
        assert self.told.get(timeout=10) == ClassEnd(None)
        assert self.told.empty()


def test_classes_of_an_older_picture_are_not_used() -> None:
    made = ClassPlanes(PICTURE, 1000)
    assert fresh_planes(made, 1000 + STALE_AFTER_NS) is made
    assert fresh_planes(made, 1001 + STALE_AFTER_NS) is None
    assert fresh_planes(made, 500) is made, "it was made of a frame that came later"
    assert fresh_planes(None, 1000) is None


def test_planes_come_with_their_frames_time_and_then_it_rests() -> None:
    model = FakeModel()
    bench = Bench(lambda _key: model).begin()
    bench.wait_until_free()
    before = time.monotonic()
    bench.worker.offer(FRAME)
    told = bench.told.get(timeout=10)
    assert isinstance(told, ClassPlanes)
    assert told.planes is PICTURE
    assert told.frame_t_ns == 77
    bench.wait_until_free()
    assert not bench.worker.wants_frame(before + INTERVAL_SECONDS * 0.99)
    bench.end()
    assert model.closed.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_it_stands_back_behind_the_matte() -> None:
    model = FakeModel()
    bench = Bench(lambda _key: model).begin()
    bench.wait_until_free()
    bench.worker.offer(FRAME)
    bench.told.get(timeout=10)
    assert model.niceness == 19
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 19
    bench.end()


def test_no_frame_is_wanted_before_the_model_is_there() -> None:
    may_load = threading.Event()

    def make(_key: ClassModelKey) -> FakeModel:
        assert may_load.wait(10)
        return FakeModel()

    bench = Bench(make).begin()
    assert not bench.worker.wants_frame(float("inf"))
    may_load.set()
    bench.wait_until_free()
    bench.end()


def test_one_that_waits_for_its_turn_delivers_nothing_after_the_end() -> None:
    bench = Bench(lambda _key: FakeModel()).begin()
    bench.wait_until_free()
    with bench.turns:
        bench.worker.offer(FRAME)
        bench.worker.stop()
    bench.end()


def test_what_is_not_wanted_any_more_is_not_compiled() -> None:
    """A user drags a slider over 0 again and again: models that nobody wants must not queue up."""
    compiled: list[ClassModelKey] = []

    def make(key: ClassModelKey) -> FakeModel:
        compiled.append(key)
        return FakeModel()

    bench = Bench(make)
    bench.worker.stop()
    bench.begin().end()
    assert bench.obtained == []

    bench = Bench(make)
    with bench.compile_turns:
        bench.begin()
        while not bench.obtained:
            time.sleep(0.001)
        bench.end()  # it leaves although it never got its turn
    bench = Bench(make)
    bench.compile_turns.acquire()
    bench.begin()
    bench.worker.stop()
    bench.compile_turns.release()
    bench.end()
    assert compiled == []


def test_one_compiles_at_a_time() -> None:
    may_compile = threading.Event()
    begun = threading.Semaphore(0)

    def make(_key: ClassModelKey) -> FakeModel:
        begun.release()
        assert may_compile.wait(10)
        return FakeModel()

    turns = threading.Semaphore(1)
    tools = ClassTools(lambda _key: None, make, turns, threading.Semaphore(1))
    workers = [ClassWorker(f"test {number}", KEY, tools, lambda _told: None) for number in range(3)]
    for worker in workers:
        worker.start()
    assert begun.acquire(timeout=10)
    assert not begun.acquire(timeout=0.3)
    may_compile.set()
    for worker in workers:
        worker.stop()
        assert worker.join(10)
    assert turns.acquire(timeout=0), "the turn is given back"


def test_failures_end_it_and_are_delivered() -> None:
    def make(_key: ClassModelKey) -> FakeModel:
        raise ValueError("no model")

    bench = Bench(make).begin()
    end = bench.told.get(timeout=10)
    assert isinstance(end, ClassEnd)
    assert isinstance(end.error, ValueError)
    assert bench.worker.join(10)

    model = FakeModel()
    model.failure = ValueError("broken")
    bench = Bench(lambda _key: model).begin()
    bench.wait_until_free()
    bench.worker.offer(FRAME)
    assert bench.told.get(timeout=10) == ClassEnd(model.failure)
    assert bench.worker.join(10)
    assert model.closed.is_set()
    assert not bench.worker.wants_frame(float("inf"))
