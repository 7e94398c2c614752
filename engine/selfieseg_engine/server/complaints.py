"""Logs each kind of complaint about each client once, and counts the rest: a flood fills no disk."""

from __future__ import annotations

import logging
from collections import Counter

logger = logging.getLogger(__name__)

STRANGERS = "a stranger"
_MAX_KINDS = 1000


class Complaints:
    """The I/O thread's."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def note(self, client: str, kind: str, text: str) -> None:
        """Count one complaint; log it if it is the first of its kind about this client."""
        key = (client, kind)
        if key not in self._counts and len(self._counts) >= _MAX_KINDS:
            return
        self._counts[key] += 1
        if self._counts[key] == 1:
            logger.warning("%s: %s (further ones of this kind are only counted)", client, text)

    def forget(self, client: str) -> None:
        """Log the counts of a client that is gone and drop them."""
        for key in [key for key in self._counts if key[0] == client]:
            count = self._counts.pop(key)
            if count > 1:
                logger.warning("%s: %s happened %d times", client, key[1], count)
