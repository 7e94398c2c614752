"""A segmenter, a preview and an output that tests can look into."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.live.controls import Action
from selfieseg_engine.live.items import LiveFrame
from selfieseg_engine.result import SegmentationResult
from selfieseg_engine.segmenter import Segmenter

U8Image = npt.NDArray[np.uint8]


class FakeSegmenter:
    """Finds a person in the left half; fails at the frame ``fails_at``, counted from 1; takes ``seconds``."""

    def __init__(self, fails_at: int | None = None, seconds: float = 0.0) -> None:
        self.infer_ns = 1_000_000
        self.resets = 0
        self.seen: list[U8Image] = []
        self._fails_at = fails_at
        self._seconds = seconds

    def segment(self, frame_bgr: U8Image, timestamp: float | None = None) -> SegmentationResult:
        self.seen.append(frame_bgr)
        time.sleep(self._seconds)
        if len(self.seen) == self._fails_at:
            raise InferenceError("the model failed", "it is a test", "go on")
        matte = np.zeros(frame_bgr.shape[:2], np.float32)
        matte[:, : frame_bgr.shape[1] // 2] = 1
        return SegmentationResult(matte, None, ())

    def reset(self) -> None:
        self.resets += 1

    def as_segmenter(self) -> Segmenter:
        return cast("Segmenter", self)


class Screen:
    """Keeps what it shows; ``keys`` are pressed one after the other, one for each frame shown."""

    def __init__(self, keys: Sequence[Action | None] = ()) -> None:
        self.shown: list[U8Image] = []
        self._keys = list(keys)
        self._pressed = 0

    def show(self, bgr: U8Image) -> None:
        self.shown.append(bgr.copy())

    def actions(self) -> Sequence[Action]:
        if self._pressed == len(self.shown) or not self._keys:
            return ()
        self._pressed = len(self.shown)
        key = self._keys.pop(0)
        return () if key is None else (key,)


def frames(count: int, level: int = 200) -> list[LiveFrame]:
    return [LiveFrame(np.full((24, 32, 3), level, np.uint8), number / 30, 0.0) for number in range(count)]
