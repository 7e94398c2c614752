"""What the viewer has chosen with the keys. Pure; one thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto

from selfieseg_engine.composite.background import (
    Background,
    BlurBackground,
    ColorBackground,
    ImageBackground,
    VideoBackground,
)
from selfieseg_engine.composite.look import Look


class Action(Enum):
    """What a key does."""

    NEXT_BACKGROUND = auto()
    MASK_VIEW = auto()
    TIMES = auto()
    QUIT = auto()


class Controls:
    """The state that actions change.

    Args:
        look: at the start, but for its background.
        backgrounds: to cycle through; at least one.

    Attributes:
        shows_times: whether the times are written on the preview.
        has_quit: whether to end.
    """

    def __init__(self, look: Look, backgrounds: Sequence[Background]) -> None:
        if not backgrounds:
            raise ValueError("there is no background to show")
        self._look = look
        self._backgrounds = tuple(backgrounds)
        self._index = 0
        self._shows_mask = look.view == "matte"
        self.shows_times = True
        self.has_quit = False

    def do(self, action: Action) -> None:
        """Change what ``action`` is for."""
        if action is Action.NEXT_BACKGROUND:
            self._index = (self._index + 1) % len(self._backgrounds)
        elif action is Action.MASK_VIEW:
            self._shows_mask = not self._shows_mask
        elif action is Action.TIMES:
            self.shows_times = not self.shows_times
        else:
            self.has_quit = True

    @property
    def look(self) -> Look:
        """Return what to draw now."""
        view = self._look.view
        if self._shows_mask:
            view = "matte"
        elif view == "matte":
            view = "result"
        return replace(self._look, background=self._backgrounds[self._index], view=view)


def describe(background: Background) -> str:
    """Return a background in a few words."""
    if isinstance(background, BlurBackground):
        return f"blur {background.strength}"
    if isinstance(background, ColorBackground):
        blue, green, red = background.bgr
        return f"color #{red:02X}{green:02X}{blue:02X}"
    if isinstance(background, ImageBackground | VideoBackground):
        return f"{background.kind} {background.path.name}"
    return background.kind
