"""Keeps a matte's edge from shimmering where the picture stands still. Pure; any thread.

The noise of a camera is in the guide of the edges, too, so that steady masks alone do not give steady edges:
in still places a refined matte takes a share of what changes by little, and all of what changes by much.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled
from selfieseg_engine.matte.motion import Motion
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.matte.smoothing import least_share

U8Image = npt.NDArray[np.uint8]
F32Image = npt.NDArray[np.float32]

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
    unrest = stretch(_unrest(motion.flow, motion.surprise), matte.shape[1::-1])
    return _steadied(matte, before, unrest, np.float32(least_share(smoothing)))


@compiled
def _unrest(flow: F32Image, surprise: F32Image) -> F32Image:
    """Return how little each pixel of the flow's grid rests: 0 (still and known), 1 and more."""
    height, width = surprise.shape
    unrest = np.empty((height, width), np.float32)
    for y in range(height):
        line, way, new = unrest[y], flow[y], surprise[y]
        for x in range(width):
            pace = np.sqrt(way[x, 0] * way[x, 0] + way[x, 1] * way[x, 1]) * np.float32(1 / _MOVING)
            line[x] = max(pace, new[x])
    return unrest


@compiled
def _steadied(matte: U8Image, before: U8Image, unrest: F32Image, least: np.float32) -> U8Image:
    """Return the mean of both, in which ``matte`` has the share ``least`` … 1, the more the less it rests."""
    height, width = matte.shape
    steadied = np.empty((height, width), np.uint8)
    for y in range(height):
        line, new, old, restless = steadied[y], matte[y], before[y], unrest[y]
        for x in range(width):
            off = np.float32(new[x]) - np.float32(old[x])
            share = min(max(restless[x], abs(off) * np.float32(1 / _NO_NOISE)), np.float32(1))
            share = share * (np.float32(1) - least) + least
            line[x] = np.uint8(np.float32(old[x]) + share * off + np.float32(0.5))
    return steadied
