"""What the user has chosen for one filter, and what follows from it. Pure."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from selfieseg_wire.look_text import format_look, parse_look

IN_ENGINE = "effects_in_engine"


@dataclass(frozen=True)
class Options:
    """The settings of a filter.

    Attributes:
        model: an id, or "auto".
        device: AUTO, CPU, GPU or NPU.
        look: all other settings (selfieseg_wire.look_text).
    """

    model: str
    device: str
    look: str

    @property
    def settings(self) -> Mapping[str, str]:
        """The look as setting keys and values."""
        return _parsed(self.look)

    @property
    def background(self) -> str:
        """What is to be shown behind the person; "blur" where the look does not say."""
        return self.settings.get("background", "blur")

    @property
    def composed_in_engine(self) -> bool:
        """Whether the engine makes finished pictures: it has no OBS source, and makes no other view."""
        settings = self.settings
        return (
            settings.get(IN_ENGINE) == "1"
            and self.background != "source"
            and settings.get("view", "result") == "result"
        )

    @property
    def engine_look(self) -> str:
        """The look for the engine: it composes only where both sides agree that it does."""
        if self.settings.get(IN_ENGINE) != "1" or self.composed_in_engine:
            return self.look
        return format_look({**self.settings, IN_ENGINE: "0"})


@functools.lru_cache(maxsize=64)
def _parsed(look: str) -> Mapping[str, str]:
    return parse_look(look)
