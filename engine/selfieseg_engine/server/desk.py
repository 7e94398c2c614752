"""Answers messages: who may ask, what is done, what is refused. No sockets; the I/O thread's.

Times are seconds of the monotonic clock, handed in.
"""

from __future__ import annotations

import hmac
import itertools
import logging
import os
from collections.abc import Callable

from selfieseg_engine.refusal import refusal, refusal_of
from selfieseg_engine.ring_file import RingFileError
from selfieseg_engine.server.clients import Client, Clients, OpenSession
from selfieseg_engine.server.complaints import STRANGERS, Complaints
from selfieseg_engine.session import Session
from selfieseg_wire.messages import (
    Backdrop,
    Close,
    Configure,
    Error,
    Frame,
    Hello,
    Message,
    MessageError,
    Models,
    Open,
    Ping,
    Pong,
    Stats,
    StatsRequest,
    Telemetry,
    VersionError,
    Welcome,
    decode,
)

logger = logging.getLogger(__name__)

MAX_SESSIONS = 64
_UPDATE_REMEDY = "run install/install.py again and restart OBS"
_REPORT_REMEDY = "restart OBS; if it stays, report this"
_HELLO_REMEDY = "say Hello with the token of the record in the run directory"

SessionMaker = Callable[[int, Open], Session]
Configurer = Callable[[Session, Configure], None]
BackdropAsker = Callable[[int, Backdrop], None]


class Desk:
    """Knows all clients and their sessions.

    Args:
        token: what a client's Hello must bring.
        version: this engine's, for Welcome.
        make_session: maps the ring and starts a session with a serial number; raises ``RingFileError``
            or ``MemoryError``.
        configure: gives a session another model or look.
        ask_backdrop: has a picture decoded for the session with a serial number.
        stats: returns the figures as JSON text.
        models: returns the list of models, None while it is not known yet.
    """

    def __init__(
        self,
        token: str,
        version: str,
        make_session: SessionMaker,
        configure: Configurer,
        ask_backdrop: BackdropAsker,
        stats: Callable[[float], str],
        models: Callable[[], Models | None],
    ) -> None:
        self.clients = Clients()
        self._token = token.encode()
        self._version = version
        self._make_session = make_session
        self._configure = configure
        self._ask_backdrop = ask_backdrop
        self._stats = stats
        self._models = models
        self._serials = itertools.count(1)
        self._complaints = Complaints()

    def handle(self, identity: bytes, parts: list[bytes], now: float) -> list[Message]:
        """Return the answers to one message of the connection ``identity``. Never raises for bad input."""
        client = self.clients.get(identity)
        label = client.label if client else STRANGERS
        if client:
            client.last_heard = now
        try:
            message = _sole(parts)
        except VersionError as error:
            self._complaints.note(label, "version", str(error))
            return [refusal(0, "version", str(error), _UPDATE_REMEDY)]
        except MessageError as error:
            self._complaints.note(label, f"message field {error.field}", str(error))
            return [refusal(0, "bad_message", str(error), _REPORT_REMEDY)]
        if isinstance(message, Hello):
            return self._hello(identity, message, now)
        if client is None:
            self._complaints.note(STRANGERS, "no Hello", f"{message.KIND!r} before Hello")
            return [refusal(0, "not_welcome", f"{message.KIND!r} came before Hello", _HELLO_REMEDY)]
        try:
            answer = self._answer(client, message, now)
        except Exception as error:
            # The fence: one client's message must not take the engine from all others.
            logger.exception("%s: %r failed", client.label, message.KIND)
            answer = refusal_of(getattr(message, "session", 0), error)
        if isinstance(answer, Error):
            self._complaints.note(client.label, answer.code, answer.text)
        return [] if answer is None else [answer]

    def drop_lost_clients(self, now: float, pid_exists: Callable[[int], bool]) -> None:
        """Give up the clients that ended or fell silent; their sessions end."""
        for client, reason in self.clients.lost(now, pid_exists):
            logger.info("%s is gone: %s", client.label, reason)
            self._drop(client)

    def end_session(self, serial: int) -> None:
        """Close a session that failed, if it is still open."""
        pair = self.clients.session_with(serial)
        if pair is not None:
            self._close(*pair)

    def close(self) -> list[Session]:
        """End everything and return the sessions, whose workers are on their way out."""
        sessions = [entry.session for _, entry in self.clients.sessions()]
        for client in self.clients:
            self._drop(client)
        self._complaints.forget(STRANGERS)
        return sessions

    def _hello(self, identity: bytes, hello: Hello, now: float) -> list[Message]:
        if not hmac.compare_digest(hello.token.encode(), self._token):
            self._complaints.note(STRANGERS, "token", f"{hello.name!r} ({hello.pid}) has another token")
            return [refusal(0, "not_welcome", "the token is not that of this engine", _HELLO_REMEDY)]
        if self.clients.get(identity) is None:
            client = Client(identity, hello.pid, hello.name, now)
            self.clients.add(client)
            logger.info("%s is welcome", client.label)
        models = self._models()
        welcome = Welcome(os.getpid(), self._version)
        return [welcome] if models is None else [welcome, models]

    def _answer(self, client: Client, message: Message, now: float) -> Message | None:
        if isinstance(message, Ping):
            return Pong(message.t_ns)
        if isinstance(message, StatsRequest):
            return Stats(self._stats(now))
        if isinstance(message, Open):
            return self._open(client, message)
        if isinstance(message, Frame | Configure | Backdrop | Telemetry | Close):
            return self._for_session(client, message)
        return refusal(0, "bad_message", f"{message.KIND!r} is not for an engine to answer", _REPORT_REMEDY)

    def _for_session(
        self, client: Client, message: Frame | Configure | Backdrop | Telemetry | Close
    ) -> Message | None:
        entry = client.sessions.get(message.session)
        if entry is None:
            if isinstance(message, Close):
                return None  # it failed a moment ago: what was asked for is so already
            text = f"{message.KIND!r} for session {message.session}, which is not open"
            return refusal(message.session, "no_session", text, "open the session again")
        if isinstance(message, Frame):
            entry.session.submit(message)
        elif isinstance(message, Telemetry):
            entry.telemetry = message
            entry.session.follow_lag(message.matte_lag_frames_p50)
        elif isinstance(message, Configure):
            self._configure(entry.session, message)
        elif isinstance(message, Backdrop):
            self._ask_backdrop(entry.serial, message)
        else:
            self._close(client, entry)
        return None

    def _open(self, client: Client, message: Open) -> Message | None:
        number = message.session
        if number == 0 or number in client.sessions:
            text = f"session {number} is {'not a number for a session' if number == 0 else 'open already'}"
            return refusal(number, "session_taken", text, "close it first, or use another number")
        if sum(1 for _ in self.clients.sessions()) >= MAX_SESSIONS:
            text = f"there are {MAX_SESSIONS} filters already"
            return refusal(number, "too_many_sessions", text, "remove a filter, or hide its source")
        serial = next(self._serials)
        try:
            session = self._make_session(serial, message)
        except RingFileError as error:
            return refusal(number, "bad_ring", f"{error.what}, {error.why}", error.remedy)
        except MemoryError as error:
            return refusal_of(number, error)
        client.sessions[number] = OpenSession(serial, session)
        logger.info("%s opens session %d for %r", client.label, number, message.source)
        return None

    def _drop(self, client: Client) -> None:
        for entry in list(client.sessions.values()):
            self._close(client, entry)
        self.clients.remove(client)
        self._complaints.forget(client.label)

    def _close(self, client: Client, entry: OpenSession) -> None:
        client.sessions.pop(entry.session.session_id, None)
        entry.session.close()
        logger.info("session %d of %s is closed", entry.session.session_id, client.label)


def _sole(parts: list[bytes]) -> Message:
    if len(parts) != 1:
        raise MessageError("parts", f"{len(parts)}, expected one")
    return decode(parts[0])
