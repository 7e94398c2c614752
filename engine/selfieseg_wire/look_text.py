"""The filter's settings on their way from the Lua half to the engine: lines of ``key=value``. Pure.

Keys are the filter's setting keys. Numbers are decimal, switches ``0`` or ``1``, colours ``#RRGGBB``. The
Lua half (filter/selfieseg/look_text.lua) writes them; a value has no line break.
"""

from __future__ import annotations

from collections.abc import Mapping


def parse_look(text: str) -> dict[str, str]:
    """Return the settings in ``text``; a line without ``=`` is passed over."""
    pairs = (line.partition("=") for line in text.split("\n"))
    return {key: value for key, equals, value in pairs if equals}


def format_look(values: Mapping[str, str]) -> str:
    """Return the text of ``values``. Raises ``ValueError`` for a value with a line break."""
    if any("\n" in value for value in values.values()):
        raise ValueError("a setting must not have a line break")
    return "\n".join(f"{key}={value}" for key, value in values.items())
