"""The ways to make a matte that are compared, and what each costs. One thread at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.session_maker import SessionMaker
from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte, quantised
from selfieseg_engine.matte_stream import DEFAULT_SMOOTHING, LEAD_FRAMES, MatteWish
from selfieseg_engine.result import SegmentationResult
from selfieseg_engine.segmenter import Segmenter

RAW, EDGES, TIME, FULL = "raw", "edges", "time", "full"
PAUSED, LAGGED, LED = "paused", "lagged", "led"
PREDICTED = "predicted"


class MatteMaker(Protocol):
    """What of a ``Segmenter`` is used here. Successive frames are one stream until ``reset``."""

    def segment(self, frame_bgr: npt.NDArray[np.uint8], timestamp: float | None = None) -> SegmentationResult:
        """Return the matte of a uint8 HxWx3 BGR frame."""

    def reset(self) -> None:
        """Start another stream."""


@dataclass(frozen=True)
class Variant:
    """How a matte is made of the model's mask by a ``Segmenter``."""

    refine: bool
    smoothing: float


@dataclass(frozen=True)
class ObsVariant:
    """How it is made in a session, and drawn in OBS; see ``SessionMaker``."""

    wish: MatteWish
    late_frames: int = 0


VARIANTS: dict[str, Variant | ObsVariant] = {
    RAW: Variant(refine=False, smoothing=0.0),
    EDGES: Variant(refine=True, smoothing=0.0),
    TIME: Variant(refine=False, smoothing=DEFAULT_SMOOTHING),
    FULL: Variant(refine=True, smoothing=DEFAULT_SMOOTHING),
    PAUSED: ObsVariant(MatteWish(pauses=True)),
    LAGGED: ObsVariant(MatteWish(refine_edges=False, smoothing=0.0), LEAD_FRAMES),
    LED: ObsVariant(MatteWish(leads=True, pauses=True), LEAD_FRAMES),
}


@dataclass
class TimedMaker:
    """Makes mattes and takes the time of each.

    Attributes:
        inferences: for each matte so far whether the model has run; None where it always does.
        wall_ms, cpu_ms: of each matte so far; CPU time is that of all threads of this process.
    """

    maker: MatteMaker
    inferences: list[bool] | None = None
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
    """Yield a maker for each variant; none need be named. Raises what ``Segmenter`` does."""
    with ExitStack() as stack:
        model_id, used = None, None
        by_name: dict[str, TimedMaker] = {}
        for name in names:
            variant = VARIANTS[name]
            if isinstance(variant, ObsVariant):
                session = SessionMaker(model, device, threads, variant.wish, variant.late_frames)
                by_name[name] = TimedMaker(stack.enter_context(session), session.inferences)
                model_id, used = session.model_id, session.device
            else:
                segmenter = Segmenter(
                    model, device, threads, refine=variant.refine, smoothing=variant.smoothing
                )
                by_name[name] = TimedMaker(stack.enter_context(segmenter))
                model_id, used = segmenter.model_id, segmenter.device
        yield Makers(model_id, used, by_name)
