"""What a live source gives. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

U8Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class LiveFrame:
    """One upright frame.

    Attributes:
        bgr: uint8 HxWx3, not to be changed.
        seconds: since the start of the source, growing from frame to frame.
        came_at: when it was there, in seconds of the monotonic clock.
    """

    bgr: U8Image
    seconds: float
    came_at: float


@dataclass(frozen=True)
class SourceGone:
    """The source sends nothing for now and may come back; ``message`` says so in one line."""

    message: str


LiveItem = LiveFrame | SourceGone
