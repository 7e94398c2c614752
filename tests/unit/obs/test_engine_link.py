"""The link against a plain ROUTER: what goes over the wire, and what it does when nobody listens."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest
import zmq

from selfieseg_obs.bell import Bell
from selfieseg_obs.engine_link import EngineLink
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import Hello, Message, Ping, Pong, Welcome, decode, encode


class Engine:
    """A ROUTER that answers by hand."""

    def __init__(self, endpoint: str) -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.RCVTIMEO, 5000)
        self.socket.bind(endpoint)
        self.client = b""

    def receive(self) -> Message:
        self.client, data = self.socket.recv_multipart()
        return decode(data)

    def send(self, *data: bytes) -> None:
        for each in data:
            self.socket.send_multipart([self.client, each])

    def close(self) -> None:
        self.context.destroy(linger=0)


@pytest.fixture
def record(tmp_path: Path) -> EngineRecord:
    return EngineRecord(os.getpid(), f"ipc://{tmp_path}/socket", token="secret", version="1", protocol=1)


@pytest.fixture
def engine(record: EngineRecord) -> Iterator[Engine]:
    made = Engine(record.endpoint)
    yield made
    made.close()


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


@pytest.fixture
def link(record: EngineRecord, bell: Bell) -> Iterator[EngineLink]:
    made = EngineLink(record, bell.ear, "obs")
    yield made
    made.close()


def received(link: EngineLink, count: int) -> list[Message]:
    found: list[Message] = []
    deadline = time.monotonic() + 5
    while len(found) < count and time.monotonic() < deadline:
        link.wait(100)
        found += link.received()
    return found


def test_it_says_hello_with_the_token(engine: Engine, link: EngineLink) -> None:
    assert engine.receive() == Hello(os.getpid(), "obs", "secret")


def test_messages_go_both_ways_in_order(engine: Engine, link: EngineLink) -> None:
    engine.receive()
    assert link.send(Ping(1))
    assert link.send(Ping(2))
    assert [engine.receive(), engine.receive()] == [Ping(1), Ping(2)]
    engine.send(encode(Welcome(1, "0.1")), encode(Pong(1)))
    assert received(link, 2) == [Welcome(1, "0.1"), Pong(1)]


def test_what_is_no_message_is_counted_and_dropped(engine: Engine, link: EngineLink) -> None:
    engine.receive()
    engine.send(b"", b"\xff" * 10, msgpack.packb([99, "pong", 1]), encode(Pong(7)))
    assert received(link, 1) == [Pong(7)]
    assert link.bad_messages == 3


def test_waiting_ends_with_the_bell(engine: Engine, link: EngineLink, bell: Bell) -> None:
    bell.ring()
    started = time.monotonic()
    link.wait(10_000)
    assert time.monotonic() - started < 5


def test_waiting_ends_with_the_time(engine: Engine, link: EngineLink) -> None:
    started = time.monotonic()
    link.wait(60)
    assert 0.04 < time.monotonic() - started < 5


def test_sending_never_waits_and_does_not_grow(record: EngineRecord, bell: Bell) -> None:
    """A stopped engine takes nothing: the render thread's slots must not wait for it, nor memory grow."""
    link = EngineLink(record, bell.ear, "obs")  # nobody listens
    started = time.monotonic()
    taken = [link.send(Ping(number)) for number in range(500)]
    link.close()
    assert time.monotonic() - started < 2
    assert not all(taken)
    assert taken.count(True) <= 64


def test_closing_waits_at_most_as_long_as_it_says(record: EngineRecord, bell: Bell) -> None:
    link = EngineLink(record, bell.ear, "obs")
    link.send(Ping(1))
    started = time.monotonic()
    link.close(100)
    assert time.monotonic() - started < 3


def test_last_words_arrive(engine: Engine, record: EngineRecord, bell: Bell) -> None:
    link = EngineLink(record, bell.ear, "obs")
    link.send(Ping(5))
    link.close(1000)
    assert [engine.receive(), engine.receive()] == [Hello(os.getpid(), "obs", "secret"), Ping(5)]


@pytest.mark.skipif(not zmq.has("curve"), reason="this pyzmq has no CURVE")
def test_a_server_key_encrypts(tmp_path: Path, bell: Bell) -> None:
    public, secret = zmq.curve_keypair()
    context = zmq.Context()
    router = context.socket(zmq.ROUTER)
    router.curve_secretkey, router.curve_publickey, router.curve_server = secret, public, True
    router.setsockopt(zmq.RCVTIMEO, 5000)
    port = router.bind_to_random_port("tcp://127.0.0.1")
    record = EngineRecord(1, f"tcp://127.0.0.1:{port}", "t", "1", 1, server_key=public.decode())
    link = EngineLink(record, bell.ear, "obs")
    try:
        _, data = router.recv_multipart()
        assert decode(data) == Hello(os.getpid(), "obs", "t")
    finally:
        link.close()
        context.destroy(linger=0)
