"""What the engine says is wrong, as text for the user. Pure."""

from __future__ import annotations


def say_error(text: str, remedy: str) -> str:
    """Return one sentence or two: what is wrong, what to do."""
    return ". ".join(part.strip().rstrip(".") for part in (text, remedy) if part.strip()) + "."
