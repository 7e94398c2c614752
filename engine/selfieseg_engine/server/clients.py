"""Who is connected, and who must be given up. No sockets; the I/O thread's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from selfieseg_engine.server.life import SILENCE_SECONDS
from selfieseg_engine.session import Session
from selfieseg_wire.messages import Telemetry


@dataclass
class OpenSession:
    """A session as the server keeps it. ``serial`` is unique in this engine, the session's own id is not."""

    serial: int
    session: Session
    telemetry: Telemetry | None = None


@dataclass
class Client:
    """A process that has said Hello. ``last_heard`` is in seconds of the monotonic clock."""

    identity: bytes
    pid: int
    name: str
    last_heard: float
    sessions: dict[int, OpenSession] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What the log calls it."""
        return f"{self.name} ({self.pid})"


class Clients:
    """All clients by the identity of their connection."""

    def __init__(self) -> None:
        self._by_identity: dict[bytes, Client] = {}

    def __len__(self) -> int:
        return len(self._by_identity)

    def __iter__(self) -> Iterator[Client]:
        return iter(list(self._by_identity.values()))

    def get(self, identity: bytes) -> Client | None:
        """Return the client of this connection, or None before its Hello."""
        return self._by_identity.get(identity)

    def add(self, client: Client) -> None:
        """Remember a new client."""
        self._by_identity[client.identity] = client

    def remove(self, client: Client) -> None:
        """Forget a client."""
        self._by_identity.pop(client.identity, None)

    def sessions(self) -> Iterator[tuple[Client, OpenSession]]:
        """Yield every session with its client."""
        return ((client, entry) for client in self for entry in list(client.sessions.values()))

    def session_with(self, serial: int) -> tuple[Client, OpenSession] | None:
        """Return the session with this serial number, or None where it was closed."""
        return next((pair for pair in self.sessions() if pair[1].serial == serial), None)

    def excuse(self, pause_seconds: float) -> None:
        """Do not count a time in which the engine itself stood still as their silence."""
        for client in self:
            client.last_heard += pause_seconds

    def lost(self, now: float, pid_exists: Callable[[int], bool]) -> list[tuple[Client, str]]:
        """Return the clients to give up, each with the reason."""
        lost = []
        for client in self:
            if not pid_exists(client.pid):
                lost.append((client, "its process has ended"))
            elif now - client.last_heard > SILENCE_SECONDS:
                lost.append((client, f"it was silent for {now - client.last_heard:.1f} s"))
        return lost
