"""Mattes with known answers: discs whose edge is anti-aliased to a part of a pixel."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte
from selfieseg_engine.matte_stream import MatteWish
from selfieseg_engine.result import SegmentationResult

SHAPE = (180, 320)
CENTRE, RADIUS = (160.0, 90.0), 50.0


def disc(
    x: float = CENTRE[0], y: float = CENTRE[1], radius: float = RADIUS, shape: tuple[int, int] = SHAPE
) -> U8Matte:
    """Return a disc around (x, y), 255 inside, with an edge one pixel wide."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    distance = np.hypot(columns - x, rows - y)
    return np.asarray(np.rint(np.clip(radius + 0.5 - distance, 0, 1) * 255), np.uint8)


def write_grey(path: Path, u8_matte: U8Matte) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), u8_matte)


def write_frame(path: Path, u8_matte: U8Matte) -> None:
    """Write a picture that ``FakeSegmenter`` sees this matte in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), cv2.cvtColor(u8_matte, cv2.COLOR_GRAY2BGR))


class FakeSegmenter:
    """Takes the brightness of a frame for its matte; smoothing keeps that share of the matte before."""

    model_id, device = "fake", "CPU"

    def __init__(
        self,
        model: str = "auto",
        device: str = "AUTO",
        threads: int | None = None,
        refine: bool = True,
        smoothing: float = 0.5,
    ) -> None:
        self.asked_for = (model, device, threads)
        self.smoothing = smoothing
        self.resets = 0
        self._before: npt.NDArray[np.float32] | None = None

    def __enter__(self) -> FakeSegmenter:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def segment(self, frame_bgr: npt.NDArray[np.uint8], timestamp: float | None = None) -> SegmentationResult:
        matte = frame_bgr[:, :, 0].astype(np.float32) / np.float32(255)
        if self._before is not None and self._before.shape == matte.shape:
            matte = np.float32(self.smoothing) * self._before + np.float32(1 - self.smoothing) * matte
        self._before = matte
        return SegmentationResult(mask=matte, class_map=None, class_names=())

    def reset(self) -> None:
        self.resets += 1
        self._before = None


class FakeSessionMaker(FakeSegmenter):
    """The same for a session, drawn late; every second frame takes no inference."""

    def __init__(
        self, model: str, device: str, threads: int | None, wish: MatteWish, late_frames: int
    ) -> None:
        super().__init__(model, device, threads, wish.refine_edges, wish.smoothing)
        self.inferences: list[bool] = []
        self._late: list[SegmentationResult] = []
        self._late_frames = late_frames
        self._pauses = wish.pauses

    def segment(self, frame_bgr: npt.NDArray[np.uint8], timestamp: float | None = None) -> SegmentationResult:
        self.inferences.append(not self._pauses or len(self.inferences) % 2 == 0)
        self._late.append(super().segment(frame_bgr, timestamp))
        return self._late[max(0, len(self._late) - 1 - self._late_frames)]
