from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_engine.live.feed import Feed

PATIENCE_S = 20.0


def is_alive(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())


def wait_for_end(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(PATIENCE_S)
    assert not is_alive(name)


@given(st.integers(0, 30))
def test_each_item_in_its_turn(count: int) -> None:
    feed: Feed[int] = Feed("test", keeps_newest=False)
    feed.start(iter(range(count)))
    assert list(feed.each()) == list(range(count))
    assert feed.has_ended
    assert feed.dropped == 0
    feed.close()


@given(st.integers(1, 30))
def test_the_newest_wins_and_the_others_are_counted(count: int) -> None:
    feed: Feed[int] = Feed("test", keeps_newest=True)
    feed.start(iter(range(count)))
    wait_for_end("test")
    assert feed.take(0) == count - 1
    assert feed.dropped == count - 1
    assert feed.has_ended
    assert feed.take(0) is None


def test_what_is_there_comes_before_the_error() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    feed: Feed[int] = Feed("test", keeps_newest=True)
    feed.start(items())
    wait_for_end("test")
    assert feed.take(0) == 1
    assert not feed.has_ended
    with pytest.raises(ValueError, match="broken"):
        feed.take(0)


def test_nothing_in_time_is_none() -> None:
    feed: Feed[int] = Feed("test", keeps_newest=True)

    def items() -> Iterator[int]:
        feed.stopping.wait()
        yield from ()

    feed.start(items())
    assert feed.take(0.01) is None
    assert not feed.has_ended
    feed.close()
    assert feed.has_ended


@pytest.mark.parametrize("keeps_newest", [True, False])
def test_closing_ends_a_source_that_never_would(keeps_newest: bool) -> None:
    asked = threading.Event()

    def items() -> Iterator[int]:
        while True:
            asked.set()
            yield 1

    feed: Feed[int] = Feed("test", keeps_newest)
    feed.start(items())
    assert asked.wait(PATIENCE_S)
    feed.close()
    assert not is_alive("test")
    feed.close()


def test_one_feed_behind_another_ends_with_it() -> None:
    """The first is silent: the second must notice by itself that nothing more is wanted."""
    first: Feed[int] = Feed("first", keeps_newest=True)
    second: Feed[int] = Feed("second", keeps_newest=False)

    def silent() -> Iterator[int]:
        first.stopping.wait()
        yield from ()

    first.start(silent())
    second.start(first.each())
    first.close()
    second.close()
    assert not is_alive("second")
