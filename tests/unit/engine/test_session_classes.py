"""Whose class maps a session gets when the wish changes."""

from __future__ import annotations

import queue
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from selfieseg_engine.class_worker import ClassFrame, ClassModelKey, ClassPlanes, ClassTools
from selfieseg_engine.errors import ObtainError
from selfieseg_engine.session_classes import ClassNews, SessionClasses

SLOW, AT_HAND, OTHER = (ClassModelKey(name, "CPU", 1) for name in ("slow", "at_hand", "other"))
FRAME = ClassFrame(np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2), np.uint8), (2, 2), 7)


class FakeModel:
    def segment(self, frame: ClassFrame) -> SimpleNamespace:
        return SimpleNamespace(planes=frame.rgbx)

    def close(self) -> None:
        pass


class Bench:
    """A session's side. The files of the model ``slow`` do not come before ``may_come`` is set."""

    def __init__(self) -> None:
        self.may_come = threading.Event()
        self.comes = True
        self.asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.compiled: list[str] = []
        self.news: queue.SimpleQueue[ClassNews] = queue.SimpleQueue()
        tools = ClassTools(self._obtain, self._compile, threading.Semaphore(1), threading.Semaphore(1))
        self.classes = SessionClasses("class-maps-of-test", tools, self.news.put)

    def _obtain(self, key: ClassModelKey) -> None:
        self.asked.put(key.model_id)
        if key == SLOW:
            assert self.may_come.wait(10)
            if not self.comes:
                raise ObtainError("no files", "no network", "plug it in")

    def _compile(self, key: ClassModelKey) -> FakeModel:
        self.compiled.append(key.model_id)
        return FakeModel()

    def heed(self, wanted: ClassModelKey | None) -> ClassPlanes | Exception | None:
        """Take one piece of news, as a session does."""
        told = self.classes.take(self.news.get(timeout=10))
        self.classes.follow(wanted)
        return told

    def planes(self) -> ClassPlanes:
        while not self.classes.wants_frame(float("inf")):
            pass
        self.classes.offer(FRAME)
        told = self.heed(AT_HAND)
        assert isinstance(told, ClassPlanes)
        return told


def test_who_changes_his_mind_does_not_wait_for_a_download() -> None:
    bench = Bench()
    bench.classes.follow(SLOW)
    assert bench.asked.get(timeout=10) == "slow"
    bench.classes.follow(AT_HAND)
    assert bench.planes().frame_t_ns == FRAME.t_ns
    bench.may_come.set()
    assert bench.heed(AT_HAND) is None  # the end of the first
    assert bench.planes() is not None
    assert bench.compiled == ["at_hand"]
    bench.classes.stop()
    assert bench.classes.join(10)


def test_many_changes_leave_one_download_alone() -> None:
    bench = Bench()
    bench.classes.follow(SLOW)
    assert bench.asked.get(timeout=10) == "slow"
    bench.classes.follow(None)
    bench.classes.follow(SLOW)
    assert bench.asked.get(timeout=10) == "slow"
    for wanted in (None, AT_HAND, OTHER, SLOW, AT_HAND):
        bench.classes.follow(wanted)
    assert bench.asked.empty(), "two wait already"
    assert not bench.classes.join(0.1)
    bench.may_come.set()
    bench.heed(AT_HAND)
    bench.heed(AT_HAND)
    assert bench.asked.get(timeout=10) == "at_hand"
    bench.planes()
    assert bench.compiled == ["at_hand"]
    bench.classes.stop()
    assert bench.classes.join(10)


@pytest.mark.parametrize("is_wanted", [True, False])
def test_what_fails_is_told_unless_nobody_wants_it_any_more(is_wanted: bool) -> None:
    bench = Bench()
    bench.comes = False
    bench.classes.follow(SLOW)
    assert bench.asked.get(timeout=10) == "slow"
    wanted = SLOW if is_wanted else None
    bench.classes.follow(wanted)
    bench.may_come.set()
    assert isinstance(bench.heed(wanted), ObtainError) is is_wanted
    assert bench.asked.empty(), "it is not tried again by itself"
    assert bench.classes.model_id is None
    assert bench.classes.join(10)
