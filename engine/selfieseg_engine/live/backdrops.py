"""The pictures and recordings to cycle through as backgrounds, all open. One thread at a time; reads files."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from selfieseg_engine.backdrop_player import MovingOrStill, open_backdrop
from selfieseg_engine.composite.backdrop import Backdrop
from selfieseg_engine.composite.background import Background, ImageBackground, VideoBackground
from selfieseg_engine.errors import PictureError

U8Image = npt.NDArray[np.uint8]


class BackdropShelf:
    """Keeps each background's file open, so that the next one is there at once.

    Args:
        backgrounds: all that may be shown.
        size: (width, height) of the frames.
        report: takes what is wrong with a file later on.

    Raises:
        PictureError: a file cannot be had.
    """

    def __init__(
        self, backgrounds: Iterable[Background], size: tuple[int, int], report: Callable[[Exception], None]
    ) -> None:
        self._report = report
        self._wanted = {each for each in backgrounds if isinstance(each, ImageBackground | VideoBackground)}
        self._backdrops: dict[MovingOrStill, Backdrop] = {}
        try:
            self._open(size)
        except BaseException:
            self.close()
            raise

    def picture(self, background: Background, size: tuple[int, int], seconds: float) -> U8Image | None:
        """Return what lies behind at ``seconds``, uint8 HxWx3 of ``size``, not to be changed.

        None for a background without a file, and for one that can no longer be read: that is reported once.
        """
        if not isinstance(background, ImageBackground | VideoBackground):
            return None
        try:
            if size != self._size:
                self._open(size)
            backdrop = self._backdrops.get(background)
            return None if backdrop is None else backdrop.frame_at(seconds)
        except PictureError as error:
            self._report(error)
            self._forget(background)
            return None

    def close(self) -> None:
        """Let go of all files. May be called twice."""
        while self._backdrops:
            self._backdrops.popitem()[1].close()

    def _open(self, size: tuple[int, int]) -> None:
        self.close()
        self._size = size
        for wanted in self._wanted:
            self._backdrops[wanted] = open_backdrop(wanted, size, self._report)

    def _forget(self, background: MovingOrStill) -> None:
        self._wanted.discard(background)
        forgotten = self._backdrops.pop(background, None)
        if forgotten is not None:
            forgotten.close()
