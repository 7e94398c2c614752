from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from selfieseg_engine.errands import Errands


class Office:
    """Errands that wait for a sign, but for quick ones, and what came of them."""

    def __init__(self, patience_seconds: float | None = None, quick: str = "") -> None:
        self.quick = quick
        self.may_go = threading.Event()
        self.begun: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.brought: queue.SimpleQueue[str | Exception] = queue.SimpleQueue()
        self.discarded: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.errands: Errands[str, str] = Errands(
            "test", self._do, self.brought.put, self.discarded.put, patience_seconds
        )

    def _do(self, wish: str) -> str:
        self.begun.put(wish)
        assert wish in self.quick or self.may_go.wait(10)
        if wish == "bad":
            raise ValueError(wish)
        return wish.upper()


def test_the_newest_wish_wins_and_what_others_bring_is_discarded() -> None:
    office = Office()
    office.errands.ask("a")
    assert office.begun.get(timeout=10) == "a"
    office.errands.ask("b")
    office.errands.ask("c")
    office.may_go.set()
    assert office.brought.get(timeout=10) == "C"
    assert office.discarded.get(timeout=10) == "A"
    assert office.begun.get(timeout=10) == "c"
    assert office.begun.empty()


def test_a_failure_is_brought_and_the_next_wish_is_tried() -> None:
    office = Office()
    office.may_go.set()
    office.errands.ask("bad")
    assert isinstance(office.brought.get(timeout=10), ValueError)
    office.errands.ask("good")
    assert office.brought.get(timeout=10) == "GOOD"


def test_after_the_end_nothing_is_brought() -> None:
    office = Office()
    office.errands.ask("a")
    office.begun.get(timeout=10)
    office.errands.close()
    office.errands.ask("b")
    office.may_go.set()
    assert office.discarded.get(timeout=10) == "A"
    assert office.brought.empty()
    assert office.begun.empty()


def test_a_system_without_threads_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoThread:
        def __init__(self, target: Callable[[], None], name: str, daemon: bool) -> None:
            pass

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    office = Office()
    with monkeypatch.context() as patch:
        patch.setattr(threading, "Thread", NoThread)
        office.errands.ask("a")
        assert isinstance(office.brought.get(timeout=10), MemoryError)
    office.may_go.set()
    office.errands.ask("b")
    assert office.brought.get(timeout=10) == "B"


def test_a_wish_waits_only_so_long_for_one_that_nobody_wants_any_more() -> None:
    """Whoever chooses another model need not wait for the end of a long download."""
    office = Office(patience_seconds=0.05, quick="ab")
    office.errands.ask("slow")
    assert office.begun.get(timeout=10) == "slow"
    for wish in "ab":
        office.errands.ask(wish)
        assert office.brought.get(timeout=10) == wish.upper()
    office.may_go.set()
    assert office.discarded.get(timeout=10) == "SLOW"
    assert office.brought.empty()


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads take turns all the time."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty_threads")
def test_no_third_wish_is_begun_however_the_threads_take_turns() -> None:
    """What was asked for just as the second thread gave up waiting was begun at once, and then the next."""
    for _ in range(300):
        office = Office(patience_seconds=10)
        for wish in ("a", "b", "c", "d"):
            office.errands.ask(wish)
        office.may_go.set()
        assert office.brought.get(timeout=10) == "D"
        assert office.begun.qsize() <= 2


def test_who_is_patient_begins_nothing_that_is_not_wanted_in_the_end() -> None:
    office = Office(patience_seconds=60)
    for wish in "abcd":
        office.errands.ask(wish)
        if wish == "a":
            assert office.begun.get(timeout=10) == "a"
    office.may_go.set()
    assert office.brought.get(timeout=10) == "D"
    assert office.discarded.get(timeout=10) == "A"
    assert office.begun.get(timeout=10) == "d"
    assert office.begun.empty()


def test_the_end_does_not_wait_for_the_patient() -> None:
    office = Office(patience_seconds=60)
    office.errands.ask("a")
    office.begun.get(timeout=10)
    office.errands.ask("b")
    office.errands.close()
    office.may_go.set()
    assert office.discarded.get(timeout=10) == "A"
    assert office.begun.empty()
