"""What an OBS draws with, out of its log. Pure."""

from __future__ import annotations

# OpenGL and Direct3D that are computed by the processor.
_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "microsoft basic render")


def graphics_adapter(log: str) -> str:
    """Return the name of the graphics card, or of its stand-in; empty where the log does not tell."""
    _, found, rest = log.partition("Loading up OpenGL on adapter ")
    return rest.splitlines()[0].strip() if found else ""


def draws_in_software(log: str) -> bool:
    """Return whether there is no graphics card at work."""
    adapter = graphics_adapter(log).lower()
    return any(name in adapter for name in _SOFTWARE)
