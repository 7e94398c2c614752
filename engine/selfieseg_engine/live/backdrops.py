"""The pictures and recordings to cycle through as backgrounds, all open. One thread; reads files."""

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
        self._size = size
        self._backdrops: dict[MovingOrStill, Backdrop] = {}
        self._unusable: set[MovingOrStill] = set()
        try:
            for each in backgrounds:
                if isinstance(each, ImageBackground | VideoBackground):
                    self._backdrop(each)
        except BaseException:
            self.close()
            raise

    def picture(self, background: Background, size: tuple[int, int], seconds: float) -> U8Image | None:
        """Return what lies behind at ``seconds``, uint8 HxWx3 of ``size``, not to be changed.

        None for a background without a file, and for one that can no longer be read: that is reported once.
        """
        if not isinstance(background, ImageBackground | VideoBackground) or background in self._unusable:
            return None
        if size != self._size:  # the camera came back with another one
            self.close()
            self._size = size
        try:
            return self._backdrop(background).frame_at(seconds)
        except PictureError as error:
            self._report(error)
            self._unusable.add(background)
            return None

    def close(self) -> None:
        """Let go of all files. May be called twice."""
        while self._backdrops:
            self._backdrops.popitem()[1].close()

    def _backdrop(self, wanted: MovingOrStill) -> Backdrop:
        if wanted not in self._backdrops:
            self._backdrops[wanted] = open_backdrop(wanted, self._size, self._report)
        return self._backdrops[wanted]
