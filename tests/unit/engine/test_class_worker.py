from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.class_worker import (
    INTERVAL_SECONDS,
    REST_FACTOR,
    ClassModelKey,
    ClassPlanes,
    ClassWorker,
    next_due,
)

KEY = ClassModelKey("fake", "CPU", 1)
FRAME = np.zeros((2, 3, 4), np.uint8)


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

    def segment(self, frame: npt.NDArray[np.uint8]) -> SimpleNamespace:
        if self.failure is not None:
            raise self.failure
        if sys.platform == "linux":
            self.niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        return SimpleNamespace(planes=frame)

    def close(self) -> None:
        self.closed.set()


class Bench:
    def __init__(self, make: Callable[[ClassModelKey], FakeModel]) -> None:
        self.told: queue.SimpleQueue[ClassPlanes | Exception] = queue.SimpleQueue()
        self.turns = threading.Semaphore(1)
        self.worker = ClassWorker("test", KEY, make, self.turns, self.told.put)
        self.worker.start()

    def wait_until_free(self) -> None:
        deadline = time.monotonic() + 10
        while not self.worker.wants_frame(float("inf")):
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def end(self) -> None:
        self.worker.stop()
        assert self.worker.join(10)


def test_planes_come_with_their_frames_time_and_then_it_rests() -> None:
    model = FakeModel()
    bench = Bench(lambda _key: model)
    bench.wait_until_free()
    before = time.monotonic()
    bench.worker.offer(FRAME, 77)
    told = bench.told.get(timeout=10)
    assert isinstance(told, ClassPlanes)
    assert told.planes is FRAME
    assert told.frame_t_ns == 77
    bench.wait_until_free()
    assert not bench.worker.wants_frame(before + INTERVAL_SECONDS * 0.99)
    bench.end()
    assert model.closed.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_it_stands_back_behind_the_matte() -> None:
    model = FakeModel()
    bench = Bench(lambda _key: model)
    bench.wait_until_free()
    bench.worker.offer(FRAME, 1)
    bench.told.get(timeout=10)
    assert model.niceness == 19
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 19
    bench.end()


def test_no_frame_is_wanted_before_the_model_is_there() -> None:
    may_load = threading.Event()

    def make(_key: ClassModelKey) -> FakeModel:
        assert may_load.wait(10)
        return FakeModel()

    bench = Bench(make)
    assert not bench.worker.wants_frame(float("inf"))
    may_load.set()
    bench.wait_until_free()
    bench.end()


def test_one_that_waits_for_its_turn_delivers_nothing_after_the_end() -> None:
    bench = Bench(lambda _key: FakeModel())
    bench.wait_until_free()
    with bench.turns:
        bench.worker.offer(FRAME, 1)
        bench.worker.stop()
    assert bench.worker.join(10)
    assert bench.told.empty()


def test_failures_end_it_and_are_delivered() -> None:
    def make(_key: ClassModelKey) -> FakeModel:
        raise ValueError("no model")

    bench = Bench(make)
    assert isinstance(bench.told.get(timeout=10), ValueError)
    assert bench.worker.join(10)

    model = FakeModel()
    model.failure = ValueError("broken")
    bench = Bench(lambda _key: model)
    bench.wait_until_free()
    bench.worker.offer(FRAME, 1)
    assert bench.told.get(timeout=10) is model.failure
    assert bench.worker.join(10)
    assert model.closed.is_set()
    assert not bench.worker.wants_frame(float("inf"))
