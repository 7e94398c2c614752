"""The ways to make a matte that are compared, and what each costs. One thread at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte, quantised
from selfieseg_engine.result import SegmentationResult
from selfieseg_engine.segmenter import Segmenter

RAW, EDGES, TIME, FULL = "raw", "edges", "time", "full"
PREDICTED = "predicted"
_SMOOTHING = 0.5


class MatteMaker(Protocol):
    """What of a ``Segmenter`` is used here. Successive frames are one stream until ``reset``."""

    def segment(self, frame_bgr: npt.NDArray[np.uint8], timestamp: float | None = None) -> SegmentationResult:
        """Return the matte of a uint8 HxWx3 BGR frame."""

    def reset(self) -> None:
        """Start another stream."""


@dataclass(frozen=True)
class Variant:
    """How a matte is made of the model's mask."""

    name: str
    refine: bool
    smoothing: float


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant(RAW, refine=False, smoothing=0.0),
        Variant(EDGES, refine=True, smoothing=0.0),
        Variant(TIME, refine=False, smoothing=_SMOOTHING),
        Variant(FULL, refine=True, smoothing=_SMOOTHING),
    )
}


@dataclass
class TimedMaker:
    """Makes mattes and takes the time of each.

    Attributes:
        wall_ms, cpu_ms: of each matte so far; CPU time is that of all threads of this process.
    """

    maker: MatteMaker
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def make(self, frame_bgr: npt.NDArray[np.uint8], timestamp: float | None = None) -> U8Matte:
        """Return the matte of a frame, uint8 HxW. Raises what ``segment`` does."""
        wall, cpu = time.perf_counter(), time.process_time()
        matte = self.maker.segment(frame_bgr, timestamp).matte
        self.wall_ms.append((time.perf_counter() - wall) * 1000)
        self.cpu_ms.append((time.process_time() - cpu) * 1000)
        return quantised(matte)

    def reset(self) -> None:
        """Start another stream."""
        self.maker.reset()


@dataclass(frozen=True)
class Makers:
    """What makes the mattes: one maker for each variant, by name, in the order of the rows."""

    model_id: str | None
    device: str | None
    by_name: dict[str, TimedMaker]


@contextmanager
def open_makers(names: Sequence[str], model: str, device: str, threads: int | None) -> Iterator[Makers]:
    """Yield a segmenter for each variant; none need be named. Raises what ``Segmenter`` does."""
    with ExitStack() as stack:
        segmenters: dict[str, Segmenter] = {}
        for name in names:
            variant = VARIANTS[name]
            segmenter = Segmenter(model, device, threads, refine=variant.refine, smoothing=variant.smoothing)
            segmenters[name] = stack.enter_context(segmenter)
        first = next(iter(segmenters.values()), None)
        yield Makers(
            None if first is None else first.model_id,
            None if first is None else first.device,
            {name: TimedMaker(segmenter) for name, segmenter in segmenters.items()},
        )
