"""Finds the person in each frame, while the frame before is drawn. One thread, of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from selfieseg_engine.live.items import LiveFrame, LiveItem, SourceGone
from selfieseg_engine.result import SegmentationResult
from selfieseg_engine.segmenter import Segmenter


@dataclass(frozen=True)
class SegmentedFrame:
    """A frame with its result; times in nanoseconds: the model alone (0: it did not run), and all."""

    frame: LiveFrame
    result: SegmentationResult
    infer_ns: int
    segment_ns: int


def segmented(
    items: Iterable[LiveItem], segmenter: Segmenter, flip: bool
) -> Iterator[SegmentedFrame | SourceGone]:
    """Yield each frame with its result, mirrored where ``flip``; a source that has gone is passed on.

    Raises:
        UserError: the source or the model failed. Nothing is made of a frame without a result.
    """
    for item in items:
        if isinstance(item, SourceGone):
            segmenter.reset()  # what comes back is another stream
            yield item
            continue
        frame = replace(item, bgr=np.asarray(cv2.flip(item.bgr, 1), np.uint8)) if flip else item
        began_ns = time.monotonic_ns()
        result = segmenter.segment(frame.bgr, frame.seconds)
        yield SegmentedFrame(frame, result, segmenter.infer_ns, time.monotonic_ns() - began_ns)
