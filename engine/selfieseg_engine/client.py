"""A client of a running engine, for the command line, measurements and tests. One thread at a time."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import zmq

from selfieseg_engine.errors import UserError
from selfieseg_wire.engine_record import EngineRecord, EngineRecordError
from selfieseg_wire.messages import Error, Hello, Message, Welcome, decode, encode

Answer = TypeVar("Answer", bound=Message)

_ANSWER_SECONDS = 3.0


class NoEngineError(UserError):
    """No engine runs in this run directory, or it does not answer."""

    def __init__(self, why: str) -> None:
        super().__init__("no engine is running", why, "start OBS with the filter, or run `selfieseg serve`")


class RefusedError(UserError):
    """The engine answered with an ``Error``, kept in ``error``."""

    def __init__(self, error: Error) -> None:
        super().__init__("the engine refuses", f"{error.code}: {error.text}", error.remedy)
        self.error = error


class EngineClient:
    """A connection to the engine that wrote ``record``. A context manager; nothing is said by itself."""

    def __init__(self, record: EngineRecord) -> None:
        self.record = record
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.linger = 0
        if record.server_key:
            self._socket.curve_publickey, self._socket.curve_secretkey = zmq.curve_keypair()
            self._socket.curve_serverkey = record.server_key.encode()
        self._socket.connect(record.endpoint)

    @classmethod
    def greet(cls, run_dir: Path, name: str) -> EngineClient:
        """Connect to the engine of ``run_dir`` and say Hello; the caller closes the client.

        Raises:
            NoEngineError: there is none, or it does not answer.
            RefusedError: it does not want us.
        """
        try:
            record = EngineRecord.read(run_dir)
        except EngineRecordError as error:
            raise NoEngineError(str(error)) from error
        if record is None:
            raise NoEngineError(f"{run_dir} holds no record of one")
        client = cls(record)
        try:
            client.ask(Hello(os.getpid(), name, record.token), Welcome)
        except BaseException:
            client.close()
            raise
        return client

    def send(self, message: Message) -> None:
        """Send one message, without waiting for an answer."""
        self.send_bytes(encode(message))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes that may be no message."""
        self._socket.send(data)

    def receive(self, timeout_seconds: float) -> Message | None:
        """Return the next message, or None when none comes in time. Raises ``MessageError``."""
        if not self._socket.poll(max(0, round(timeout_seconds * 1000))):
            return None
        return decode(self._socket.recv())

    def wait_for(self, kind: type[Answer], timeout_seconds: float) -> Answer:
        """Return the next message of ``kind``, passing over others.

        Raises:
            NoEngineError: none comes in time.
            RefusedError: an ``Error`` comes first.
        """
        deadline = time.monotonic() + timeout_seconds
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if isinstance(message, kind):
                return message
            if isinstance(message, Error):
                raise RefusedError(message)
        raise NoEngineError(f"process {self.record.pid} did not answer within {timeout_seconds:g} s")

    def ask(self, message: Message, kind: type[Answer], timeout_seconds: float = _ANSWER_SECONDS) -> Answer:
        """Send a message and return its answer. Raises as ``wait_for`` does."""
        self.send(message)
        return self.wait_for(kind, timeout_seconds)

    def close(self) -> None:
        """Hang up. May be called twice."""
        self._socket.close(linger=0)
        self._context.term()

    def __enter__(self) -> EngineClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
