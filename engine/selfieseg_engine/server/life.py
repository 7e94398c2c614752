"""When clients are given up, and when the engine leaves: decided from times alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SILENCE_SECONDS = 5.0
FIRST_CLIENT_GRACE_SECONDS = 30.0
# A loop that was away longer than this was stopped (a debugger, a suspended laptop); so were its clients.
PAUSE_SECONDS = 2.0


@dataclass
class Life:
    """Tells when the engine has been alone for long enough. Times are seconds of the monotonic clock.

    Attributes:
        linger_seconds: how long it stays without clients.
        stays: it never leaves by itself.
        alone_since: when the last client left, or the engine started; None while there are clients.
        had_client: whether any client has come yet.
    """

    linger_seconds: float
    stays: bool
    alone_since: float | None
    had_client: bool = False

    def note_clients(self, count: int, now: float) -> None:
        """Take note of how many clients there are."""
        if count:
            self.had_client = True
            self.alone_since = None
        elif self.alone_since is None:
            self.alone_since = now

    def is_over(self, now: float) -> bool:
        """Return whether the engine should leave."""
        if self.stays or self.alone_since is None:
            return False
        patience = self.linger_seconds
        if not self.had_client:
            patience = max(patience, FIRST_CLIENT_GRACE_SECONDS)
        return now - self.alone_since >= patience

    def excuse(self, pause_seconds: float) -> None:
        """Do not count a time in which this process stood still."""
        if self.alone_since is not None:
            self.alone_since += pause_seconds
