"""Whether anything may be fetched: not where ``SELFIESEG_OFFLINE`` is set. Any thread."""

from __future__ import annotations

import os

from selfieseg_engine.errors import ObtainError

OFFLINE_VARIABLE = "SELFIESEG_OFFLINE"


def require_online(wanted: str) -> None:
    """Raise ``ObtainError`` where ``wanted``, words for what is about to be fetched, must not be."""
    if os.environ.get(OFFLINE_VARIABLE):
        raise ObtainError(
            f"{wanted} was not fetched",
            f"{OFFLINE_VARIABLE} is set",
            "unset it, or put the file where it is looked for",
        )
