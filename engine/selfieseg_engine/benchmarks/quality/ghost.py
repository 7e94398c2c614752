"""How long the person from before a jump cut stays in the mattes after it. Pure; one thread at a time."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from selfieseg_engine.benchmarks.quality.u8_matte import Person, U8Matte, person_of

WINDOW_FRAMES = 30
GHOST_OPACITY = 0.05
_TRUTH_HAS_NONE, _RAW_HAS_NONE = 13, 26  # of 255: 5 % and 10 %
_LEAST_SHARE_OF_FRAME = 0.001


class GhostWatch:
    """Counts the frames that show a ghost after cuts.

    A ghost is a mean opacity of more than 5 % where the person was in the last frame before the cut, where
    the truth has nobody now, and where the model's raw mask finds nobody either: it is the smoothing's doing.
    It lasts from the cut to the first frame without one, or 30 frames, or to the next cut. What comes up
    later at that place is no ghost: models see somebody in a chair for a frame or two, and smoothing keeps
    that.

    Args:
        cuts: indices of the frames that are the first after a cut.
    """

    def __init__(self, cuts: Collection[int]) -> None:
        self._cuts = frozenset(cuts)
        self._index = 0
        self._since_cut: int | None = None
        self._earlier: Person | None = None
        self._u8_true_before: U8Matte | None = None
        self._longest = 0

    def add(self, u8_matte: U8Matte, u8_true: U8Matte, u8_raw: U8Matte | None = None) -> None:
        """Take the next frame; ``u8_raw`` is the model's raw mask at the truth's size, where it is known."""
        if self._index in self._cuts and self._u8_true_before is not None:
            self._earlier, self._since_cut = person_of(self._u8_true_before), 0
        if self._since_cut is not None and self._since_cut < WINDOW_FRAMES:
            if self._has_ghost(u8_matte, u8_true, u8_raw):
                self._since_cut += 1
                self._longest = max(self._longest, self._since_cut)
            else:
                self._since_cut = None
        self._u8_true_before = u8_true
        self._index += 1

    def longest(self) -> int:
        """Return how many frames the longest ghost lasted; 0 for none."""
        return self._longest

    def _has_ghost(self, u8_matte: U8Matte, u8_true: U8Matte, u8_raw: U8Matte | None) -> bool:
        assert self._earlier is not None
        left = self._earlier & (u8_true < _TRUTH_HAS_NONE)
        if u8_raw is not None:
            left &= u8_raw < _RAW_HAS_NONE
        if left.sum() < _LEAST_SHARE_OF_FRAME * left.size:
            return False
        return float(np.mean(u8_matte[left])) / 255 > GHOST_OPACITY
