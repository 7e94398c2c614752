from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from selfieseg_obs.bell import Bell


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


def rung(bell: Bell) -> bool:
    return bool(select.select([bell.ear], [], [], 0)[0])


def test_it_is_silent_until_it_rings(bell: Bell) -> None:
    assert not rung(bell)
    bell.ring()
    assert rung(bell)
    bell.drain()
    assert not rung(bell)


def test_a_byte_of_the_lua_half_rings_it(bell: Bell) -> None:
    with socket.socket(fileno=os.dup(bell.rope)) as rope:
        rope.send(b"\1")
    assert rung(bell)


def test_ringing_never_waits(bell: Bell) -> None:
    started = time.monotonic()
    for _ in range(200_000):
        bell.ring()
    assert time.monotonic() - started < 20
    bell.drain()
    assert not rung(bell)


def test_draining_nothing_is_fine(bell: Bell) -> None:
    bell.drain()


@pytest.mark.parametrize("count", [1, 4095, 4096, 4097])
def test_draining_takes_all(bell: Bell, count: int) -> None:
    with socket.socket(fileno=os.dup(bell.rope)) as rope:
        rope.send(b"\1" * count)
    bell.drain()
    assert not rung(bell)


def test_waiting_ends_with_the_bell_or_with_the_time(bell: Bell) -> None:
    started = time.monotonic()
    bell.wait(50)
    assert time.monotonic() - started >= 0.04
    timer = threading.Timer(0.05, bell.ring)
    timer.start()
    bell.wait(10_000)
    assert time.monotonic() - started < 5
    timer.join()
