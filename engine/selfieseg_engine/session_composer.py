"""Finished pictures of one session: its look, and the background picture that belongs to it.

The session worker's thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from selfieseg_engine.backdrop_player import BackdropPlayer
from selfieseg_engine.class_worker import ClassPlanes
from selfieseg_engine.composite.background import ImageBackground, VideoBackground
from selfieseg_engine.composite.compose import compose_frame
from selfieseg_engine.composite.look import Look
from selfieseg_engine.frame_inference import Composition, U8Image
from selfieseg_wire.structs import BackgroundKind


class SessionComposer:
    """See the module.

    Args:
        name: of the background's thread.
        report: takes what is wrong with a background's file, on that thread.
    """

    def __init__(self, name: str, report: Callable[[Exception], None]) -> None:
        self._name = name
        self._report = report
        self._look = Look()
        self._player: BackdropPlayer | None = None

    def follow(self, look: Look, size: tuple[int, int]) -> None:
        """Draw this look from now on; frames have ``size`` = (width, height)."""
        self._look = look
        wanted = look.background if isinstance(look.background, ImageBackground | VideoBackground) else None
        if self._player is not None and (self._player.wanted, self._player.size) != (wanted, size):
            self.close()
        if wanted is not None and self._player is None:
            self._player = BackdropPlayer(self._name, wanted, size, self._report)
            self._player.start()

    def forgive(self) -> None:
        """Have a background that failed opened again by the next ``follow``: something has changed."""
        if self._player is not None and self._player.has_failed:
            self.close()

    def compose_with(self, made: ClassPlanes | None) -> Composition:
        """Return how a frame and its mask become the finished picture."""
        behind: U8Image | None = self._player.picture() if self._player is not None else None
        planes = made.planes if made is not None else None
        draw = partial(_compose, planes=planes, look=self._look, behind=behind)
        return Composition(draw, BackgroundKind[self._look.background.kind.upper()], self._look.invert)

    def close(self) -> None:
        """Let go of the background's file."""
        if self._player is not None:
            self._player.close()
            self._player = None


def _compose(
    bgr_frame: U8Image, u8_mask: U8Image, planes: U8Image | None, look: Look, behind: U8Image | None
) -> U8Image:
    return compose_frame(bgr_frame, u8_mask, planes, look, behind)
