"""The file behind the people of a batch: looked at once, before anything is made. Any thread."""

from __future__ import annotations

from dataclasses import replace

from selfieseg_engine.composite.backdrop import load_backdrop
from selfieseg_engine.composite.background import ImageBackground, VideoBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.composite.video_backdrop import VideoBackdrop

_ANY_SIZE = (16, 16)


def with_checked_background(look: Look) -> Look:
    """Return the look with its background's file by its whole name: workers may be in other folders.

    Raises ``PictureError`` where that file cannot be had.
    """
    background = look.background
    if isinstance(background, ImageBackground):
        load_backdrop(background.path, _ANY_SIZE)
        return replace(look, background=ImageBackground(background.path.absolute()))
    if isinstance(background, VideoBackground):
        VideoBackdrop(background.path, _ANY_SIZE).close()
        return replace(look, background=VideoBackground(background.path.absolute()))
    return look
