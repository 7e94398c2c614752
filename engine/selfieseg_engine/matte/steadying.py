"""Keeps a matte's edge from shimmering where the picture stands still. Pure; any thread.

The noise of a camera is in the guide of the edges, too, so that steady masks alone do not give steady edges:
in still places a refined matte takes a share of what changes by little, and all of what changes by much.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.matte.motion import Motion
from selfieseg_engine.matte.smoothing import least_share

U8Image = npt.NDArray[np.uint8]

# Pixels of the flow's grid from one picture to the next: so fast nothing is still.
_MOVING = 0.5
# Levels: what changes by so much is no noise. Smoothing has bridged drop-outs before.
_NO_NOISE = 64.0


def steady(matte: U8Image, before: U8Image, motion: Motion, smoothing: float) -> U8Image:
    """Return a matte (uint8 HxW) steadied by the one before (uint8 HxW).

    Args:
        matte: of the newest picture.
        before: what this returned for the picture before, of the same size.
        motion: from that picture to the newest.
        smoothing: 0 (none) … 1.
    """
    pace = cv2.magnitude(*cv2.split(motion.flow)[:2]) * np.float32(1 / _MOVING)
    unrest = cv2.resize(cv2.max(pace, motion.surprise), matte.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    off = cv2.subtract(matte, before, dtype=cv2.CV_32F)
    unrest = np.minimum(cv2.max(unrest, np.abs(off) * np.float32(1 / _NO_NOISE)), 1)
    least = least_share(smoothing)
    share = unrest * np.float32(1 - least) + np.float32(least)
    return np.asarray(np.rint(before + share * off), np.uint8)
