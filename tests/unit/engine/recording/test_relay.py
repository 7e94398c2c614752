from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from selfieseg_engine.recording.relay import Relay


def doubled(numbers: Iterator[int]) -> Iterator[int]:
    for number in numbers:
        yield 2 * number


def test_items_come_through_in_order() -> None:
    with Relay() as relay:
        assert list(relay.ahead(doubled(relay.ahead(range(50), "one")), "two")) == [2 * n for n in range(50)]


def test_stages_work_at_the_same_time() -> None:
    """Each stage waits until the other one is at work, too: one after the other would never end."""
    both = threading.Barrier(2, timeout=30)

    def meeting(numbers: Iterator[int]) -> Iterator[int]:
        for number in numbers:
            both.wait()
            yield number

    def counted() -> Iterator[int]:
        yield 0  # the first item has to get on its way before two can meet
        for number in range(1, 9):
            both.wait()
            yield number

    with Relay() as relay:
        met = relay.ahead(meeting(relay.ahead(counted(), "one")), "two")
        assert [next(met) for _ in range(7)] == list(range(7))
        both.abort()


def test_a_failure_arrives_behind_what_came_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    with Relay() as relay:
        numbers = relay.ahead(doubled(relay.ahead(broken(), "one")), "two")
        assert [next(numbers), next(numbers)] == [2, 4]
        with pytest.raises(OSError, match="the disk is gone"):
            next(numbers)


def test_leaving_stops_every_stage() -> None:
    def endless() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    before = threading.active_count()
    with Relay() as relay:
        numbers = relay.ahead(doubled(relay.ahead(endless(), "one")), "two")
        assert next(numbers) == 0
        assert threading.active_count() == before + 2
    assert threading.active_count() == before


def test_nobody_leaves_while_a_stage_is_at_work_however_often_ctrl_c_is_pressed() -> None:
    at_work, may_end, has_ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> Iterator[int]:
        yield 1
        at_work.set()
        may_end.wait(30)
        has_ended.set()

    def press() -> None:
        for _ in range(3):
            time.sleep(0.1)
            signal.pthread_kill(main_thread, signal.SIGINT)
        may_end.set()

    main_thread = threading.get_ident()
    keys = threading.Thread(target=press)

    def interrupted() -> None:
        with Relay() as relay:
            next(relay.ahead(slow(), "slow"))
            at_work.wait(30)
            keys.start()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
    finally:
        signal.signal(signal.SIGINT, before)
    assert has_ended.is_set()
    keys.join()


def test_no_stage_runs_far_ahead() -> None:
    made = []

    def noted() -> Iterator[int]:
        for number in range(1000):
            made.append(number)
            yield number

    with Relay() as relay:
        numbers = relay.ahead(noted(), "one")
        for taken in range(20):
            next(numbers)
            assert len(made) <= taken + 5
