"""The desk without sockets: times are told, sessions are fakes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import cast

import pytest

from selfieseg_engine.server.complaints import Complaints
from selfieseg_engine.server.desk import Desk
from selfieseg_engine.session import Session
from selfieseg_wire.messages import (
    Backdrop,
    Close,
    Error,
    Frame,
    Hello,
    Message,
    ModelRow,
    Models,
    Open,
    Ping,
    Pong,
    Welcome,
    encode,
)

FRAME = Frame(1, 1, 0, 256, 144, 1024, 1, 0)
OPEN = Open(1, "cam", "/ring", "auto", "CPU")


class FakeSession:
    def __init__(self, wish: Open) -> None:
        self.session_id = wish.session
        self.source = wish.source
        self.frames: list[Frame] = []
        self.closed = False

    def submit(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self) -> None:
        self.closed = True


class Room:
    """A desk, what it made, and a way to talk to it."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.made: list[FakeSession] = []

        def make(_serial: int, wish: Open) -> Session:
            if failure is not None:
                raise failure
            self.made.append(FakeSession(wish))
            return cast("Session", self.made[-1])

        self.models: Models | None = None
        self.backdrops: list[tuple[int, Backdrop]] = []
        self.desk = Desk(
            "token",
            "1.0",
            make,
            lambda _session, _wish: None,
            lambda serial, wish: self.backdrops.append((serial, wish)),
            lambda _now: "{}",
            lambda: self.models,
        )

    def say(self, identity: bytes, message: Message, now: float = 0.0) -> list[Message]:
        return self.desk.handle(identity, [encode(message)], now)

    def hello(self, identity: bytes, pid: int = 5, now: float = 0.0) -> None:
        assert self.say(identity, Hello(pid, "obs", "token"), now) == [Welcome(os.getpid(), "1.0")]


def everybody(_pid: int) -> bool:
    return True


def test_sessions_of_two_clients_with_the_same_number() -> None:
    room = Room()
    for identity in (b"a", b"b"):
        room.hello(identity)
        assert room.say(identity, OPEN) == []
    room.say(b"a", FRAME)
    assert [len(session.frames) for session in room.made] == [1, 0]
    room.say(b"b", Close(1))
    assert [session.closed for session in room.made] == [False, True]


def test_who_is_welcome_hears_which_models_there_are() -> None:
    room = Room()
    room.models = Models((ModelRow("hair", "Hair", False, True, False),))
    hello = Hello(5, "obs", "token")
    assert room.say(b"a", hello) == [Welcome(os.getpid(), "1.0"), room.models]
    [refused] = room.say(b"b", Hello(6, "who", "another token"))
    assert isinstance(refused, Error)


@pytest.mark.parametrize(
    ("pid_exists", "silence", "stays"),
    [(everybody, 4.9, True), (everybody, 5.1, False), (lambda _pid: False, 0.1, False)],
)
def test_who_is_given_up(pid_exists: Callable[[int], bool], silence: float, stays: bool) -> None:
    room = Room()
    room.hello(b"a", now=100.0)
    room.say(b"a", OPEN, now=100.0)
    room.desk.drop_lost_clients(100.0 + silence, pid_exists)
    assert len(room.desk.clients) == int(stays)
    assert room.made[0].closed is not stays


def test_any_message_is_a_sign_of_life_even_a_bad_one() -> None:
    room = Room()
    room.hello(b"a", now=0.0)
    room.desk.handle(b"a", [b"rubbish"], 4.0)
    room.desk.drop_lost_clients(8.0, everybody)
    assert len(room.desk.clients) == 1


def test_a_pause_of_the_engine_is_not_the_clients_silence() -> None:
    room = Room()
    room.hello(b"a", now=0.0)
    room.desk.clients.excuse(60.0)
    room.desk.drop_lost_clients(61.0, everybody)
    assert len(room.desk.clients) == 1


def test_a_backdrop_is_asked_for_an_open_session_only() -> None:
    room = Room()
    room.hello(b"a")
    wish = Backdrop(1, 7, "/picture.png", "/region", 4, 2)
    (refused,) = room.say(b"a", wish)
    assert isinstance(refused, Error)
    assert refused.code == "no_session"
    room.say(b"a", OPEN)
    assert room.say(b"a", wish) == []
    assert room.backdrops == [(1, wish)]


@pytest.mark.parametrize("parts", [[], [b"", encode(Ping(1))], [encode(Ping(1))] * 2])
def test_messages_in_parts_are_refused(parts: list[bytes]) -> None:
    (answer,) = Room().desk.handle(b"a", parts, 0.0)
    assert isinstance(answer, Error)
    assert "parts" in answer.text


def test_no_memory_for_a_session_is_told() -> None:
    room = Room(MemoryError())
    room.hello(b"a")
    (answer,) = room.say(b"a", OPEN)
    assert isinstance(answer, Error)
    assert answer.code == "no_memory"
    assert room.say(b"a", Ping(7)) == [Pong(7)]


def test_a_fault_of_ours_is_told_and_the_desk_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    room = Room(ZeroDivisionError("a fault"))
    room.hello(b"a")
    (answer,) = room.say(b"a", OPEN)
    assert isinstance(answer, Error)
    assert (answer.session, answer.code) == (1, "internal")
    assert "a fault" in caplog.text
    assert room.say(b"a", Ping(7)) == [Pong(7)]


def test_closing_ends_every_session() -> None:
    room = Room()
    room.hello(b"a")
    room.say(b"a", OPEN)
    assert room.desk.close() == cast("list[Session]", room.made)
    assert room.made[0].closed
    assert len(room.desk.clients) == 0


def test_complaints_are_logged_once_and_summed_up(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for _ in range(100):
        complaints.note("obs (5)", "bytes", "not msgpack")
    assert len(caplog.records) == 1
    complaints.forget("obs (5)")
    assert "happened 100 times" in caplog.text


def test_complaints_of_many_kinds_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for number in range(5000):
        complaints.note(f"client {number}", "bytes", "bad")
    assert len(caplog.records) <= 1000
