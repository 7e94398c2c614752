"""How workers' answers reach the I/O thread: inproc sockets, each used by the one thread that opened it.

An answer is the session's serial number (8 bytes), a flag (1 byte, whether the session is over with it) and
the encoded message. One part, for each costs a call and a wake-up may come with the first.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import zmq

from selfieseg_wire.messages import Message, encode

_ADDRESS = "inproc://answers"
_HEADER = struct.Struct("<Q?")


@contextlib.contextmanager
def answer_line(
    context: zmq.Context[zmq.Socket[bytes]], serial: int
) -> Iterator[Callable[[Message, bool], None]]:
    """Open the line of session ``serial`` and yield what sends on it. The worker's thread."""
    socket = context.socket(zmq.PUSH)
    socket.linger = 0
    socket.sndhwm = 0
    socket.connect(_ADDRESS)

    def send(message: Message, session_is_over: bool) -> None:
        # Zmq.Again: the I/O thread has closed its end, for the engine is leaving.
        with contextlib.suppress(zmq.Again):
            socket.send(_HEADER.pack(serial, session_is_over) + encode(message), zmq.NOBLOCK)

    try:
        yield send
    finally:
        socket.close()


def answer_line_factory(
    context: zmq.Context[zmq.Socket[bytes]], serial: int
) -> Callable[[], AbstractContextManager[Callable[[Message, bool], None]]]:
    """Return what a worker calls, on its own thread, to open its line."""
    return lambda: answer_line(context, serial)


def open_answers(context: zmq.Context[zmq.Socket[bytes]]) -> zmq.Socket[bytes]:
    """Return the I/O thread's end."""
    socket = context.socket(zmq.PULL)
    socket.linger = 0
    socket.rcvhwm = 0
    socket.bind(_ADDRESS)
    return socket


def parse_answer(answer: bytes) -> tuple[int, bool, bytes]:
    """Return serial number, whether the session is over, and the encoded message."""
    serial, is_over = _HEADER.unpack_from(answer)
    return serial, is_over, answer[_HEADER.size :]
