"""The bell: a socket pair. The Lua half sends a byte from the graphics thread, the helper thread wakes.

A socket and not a pipe, because ZeroMQ can wait for one on every system. Standard library only.
"""

from __future__ import annotations

import contextlib
import select
import socket
import sys

_DRAIN_BYTES = 4096
_SO_NOSIGPIPE = 0x1022  # macOS: sys/socket.h


class Bell:
    """Both ends, non-blocking."""

    def __init__(self) -> None:
        self._ear, self._rope = socket.socketpair()
        for end in (self._ear, self._rope):
            end.setblocking(False)
        if sys.platform == "darwin":  # elsewhere send() has a flag for it
            self._rope.setsockopt(socket.SOL_SOCKET, _SO_NOSIGPIPE, 1)

    @property
    def ear(self) -> int:
        """Descriptor to wait on."""
        return self._ear.fileno()

    @property
    def rope(self) -> int:
        """Descriptor that rings the bell when a byte is sent to it."""
        return self._rope.fileno()

    def ring(self) -> None:
        """Wake the helper thread; any thread."""
        with contextlib.suppress(BlockingIOError):  # full: it is awake already
            self._rope.send(b"\1")

    def wait(self, timeout_ms: int) -> None:
        """Return when the bell rings, or after the time-out; the helper thread only."""
        select.select([self._ear], [], [], timeout_ms / 1000)

    def drain(self) -> None:
        """Forget the bytes that have arrived; the helper thread only."""
        with contextlib.suppress(BlockingIOError):  # nothing had arrived, or all is read
            while len(self._ear.recv(_DRAIN_BYTES)) == _DRAIN_BYTES:
                continue

    def close(self) -> None:
        """Close both ends; first unpublish the rope and wait for the renders under way."""
        self._ear.close()
        self._rope.close()
