"""Makes ``compiled`` functions ready before a frame needs them: seconds on a new machine. Any thread.

Numba compiles for the types that a function is called with: here it is called with those of real frames.
"""

from __future__ import annotations

import numpy as np

from selfieseg_engine.matte.edges import refine_edges
from selfieseg_engine.matte.joint_upsampling import upsample_matte
from selfieseg_engine.matte.stillness import StillnessDetector
from selfieseg_engine.matte_stream import MatteStream, MatteWish

_ROWS, _COLUMNS = 48, 64  # small, for mattes are made ready with every model that is loaded
_TIMES = 3  # larger, a picture is blurred down and up again
_STRONGEST = 100


def compile_mattes() -> None:
    """Make ready what makes mattes: of work frames as OBS sends them, and of pictures."""
    mask = np.zeros((_ROWS // 2, _COLUMNS // 2), np.float32)
    mask[:, : _COLUMNS // 4] = 1
    for channels in (3, 4):
        frame = np.zeros((_ROWS, _COLUMNS, channels), np.uint8)
        upsample_matte(refine_edges(mask, frame[::2, ::2]), frame)
        refine_edges(mask, frame)
        StillnessDetector().look_at(frame)
        stream = MatteStream((_COLUMNS // 2, _ROWS // 2), MatteWish())
        for _ in range(2):  # the second one has a predecessor
            stream.matte(frame, 0, lambda _: mask)


def compile_composites() -> None:
    """Make ready what puts the person before a background."""
    from selfieseg_engine.composite.blend import over, over_stretched
    from selfieseg_engine.composite.blur import blur_background, blur_small
    from selfieseg_engine.matte.levels import apply_levels

    rows, columns = _TIMES * _ROWS, _TIMES * _COLUMNS
    frame = np.zeros((rows, columns, 3), np.uint8)
    mask = np.zeros((rows, columns), np.float32)
    matte = apply_levels(apply_levels(mask, (columns, rows), 0.5, 1), (columns, rows), 0.5, 1)
    over_stretched(frame, blur_small(frame, matte, _STRONGEST), matte)
    over(frame, frame, matte)
    blur_background(frame.astype(np.uint16), matte, _STRONGEST)
