"""A camera that gives what a test wants."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfieseg_engine.live.camera import Capture, OpenCapture
from selfieseg_engine.live.errors import CameraError
from selfieseg_engine.live.job import CameraWish


class FakeCapture:
    """Gives pictures of these levels; None for a failure, and failures for ever at its end."""

    def __init__(
        self, levels: list[int | None], *, is_open: bool = True, size: tuple[int, int] = (8, 6)
    ) -> None:
        self._levels = levels
        self._is_open = is_open
        self._size = size
        self.released = 0

    def isOpened(self) -> bool:  # noqa: N802
        return self._is_open

    def read(self) -> tuple[bool, Any]:
        level = self._levels.pop(0) if self._levels else None
        if level is None:
            return False, None
        return True, np.full((self._size[1], self._size[0], 3), level, np.uint8)

    def get(self, propId: int, /) -> float:  # noqa: N803
        return 0.0

    def release(self) -> None:
        self.released += 1


def opening(*captures: FakeCapture | CameraError) -> OpenCapture:
    waiting = list(captures)

    def open_next(number: int, wish: CameraWish) -> Capture:
        capture = waiting.pop(0)
        if isinstance(capture, CameraError):
            raise capture
        return capture

    return open_next
