"""Whether anything may be fetched: not where ``SELFIESEG_OFFLINE`` is set, and not 0. Any thread."""

from __future__ import annotations

import os

from selfieseg_engine.errors import ObtainError

OFFLINE_VARIABLE = "SELFIESEG_OFFLINE"


def is_offline() -> bool:
    """Return whether nothing may be fetched."""
    return os.environ.get(OFFLINE_VARIABLE, "0") not in ("", "0")


def require_online(wanted: str) -> None:
    """Raise ``ObtainError`` where ``wanted``, words for what is about to be fetched, must not be."""
    if is_offline():
        raise ObtainError(
            f"{wanted} was not fetched",
            f"{OFFLINE_VARIABLE} is set",
            "unset it, or put the file where it is looked for",
        )
