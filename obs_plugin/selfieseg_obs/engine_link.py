"""The only user of ZeroMQ in OBS: one socket to the engine. The helper thread only."""

from __future__ import annotations

import os
from collections.abc import Iterator

import zmq

from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import Hello, Message, MessageError, decode, encode

_HIGH_WATER_MARK = 64  # far more than is ever under way; a stopped engine must not make us grow


class EngineLink:
    """A connection to one engine."""

    def __init__(self, record: EngineRecord, bell_ear: int, client_name: str) -> None:
        """Connect and say Hello; nothing here waits for the engine."""
        self._context = zmq.Context(io_threads=1)
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDHWM, _HIGH_WATER_MARK)
        self._socket.setsockopt(zmq.RCVHWM, _HIGH_WATER_MARK)
        if record.server_key:
            public, secret = zmq.curve_keypair()
            self._socket.curve_publickey, self._socket.curve_secretkey = public, secret
            self._socket.curve_serverkey = record.server_key.encode()
        try:
            self._socket.connect(record.endpoint)
        except zmq.ZMQError:
            self.close()
            raise
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(bell_ear, zmq.POLLIN)
        self.bad_messages = 0
        self.send(Hello(pid=os.getpid(), name=client_name, token=record.token))

    def wait(self, timeout_ms: int) -> None:
        """Return when a message or the bell is there, or after the time-out."""
        self._poller.poll(timeout_ms)

    def send(self, message: Message) -> bool:
        """Send without waiting; False where the engine does not take it (it is stopped, or overwhelmed)."""
        try:
            self._socket.send(encode(message), zmq.DONTWAIT)
        except zmq.Again:
            return False
        return True

    def received(self) -> Iterator[Message]:
        """Yield the messages that have arrived; others are counted and dropped."""
        while True:
            try:
                data = self._socket.recv(zmq.DONTWAIT)
            except zmq.Again:
                return
            try:
                yield decode(data)
            except MessageError:
                self.bad_messages += 1

    def close(self, linger_ms: int = 0) -> None:
        """Hang up; wait at most ``linger_ms`` for what is not sent yet."""
        self._socket.close(linger=linger_ms)
        self._context.term()
