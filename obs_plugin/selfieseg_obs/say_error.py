"""What the engine says is wrong, as text for the user. Pure."""

from __future__ import annotations


def say_error(text: str, remedy: str) -> str:
    """Return sentences: what is wrong, what to do."""
    parts = (part.strip().rstrip(".") for part in (text, remedy))
    return ". ".join(part[0].upper() + part[1:] for part in parts if part) + "."
