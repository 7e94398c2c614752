"""Which photos are portraits, as a person before a camera is one. Pure; any thread."""

from __future__ import annotations

import cv2
import numpy as np

from selfieseg_engine.benchmarks.quality.u8_matte import Person

# In one piece: so much of the person hangs together. The rest is what a microphone or an arm cuts off.
_LEAST_IN_ONE_PIECE = 0.9
_LEAST_OF_PICTURE = 0.15
_MOST_HEIGHT_TO_WIDTH = 1.9


def is_portrait(person: Person) -> bool:
    """Return whether a true mask (bool HxW) is of one person, near, and not from head to foot.

    90 % of it are one piece, it takes 15 % of the picture, and its box is at most 1.9 times as tall as wide.
    Two people who touch cannot be told from one.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(person.astype(np.uint8), connectivity=8)
    pieces = stats[1:, cv2.CC_STAT_AREA]
    if not pieces.size or pieces.sum() < _LEAST_OF_PICTURE * person.size:
        return False
    rows, columns = (np.flatnonzero(person.any(axis=axis)) for axis in (1, 0))
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    in_one_piece = pieces.max() >= _LEAST_IN_ONE_PIECE * pieces.sum()
    return bool(in_one_piece and height <= _MOST_HEIGHT_TO_WIDTH * width)
