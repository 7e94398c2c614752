"""How many frames a stream of mattes comes late. Pure; one thread at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import cv2
import numpy as np

from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte

MAX_LAG = 5
# Another lag must be clearly better: without motion all are alike, and a slow one hardly tells them apart.
_CLEARLY = 0.95


class LagSearch:
    """Finds the lag k (frames; 1: one late, −1: one early) whose truth fits best: argmin of |α_t − α*_{t−k}|.

    Compared at half size, over a window, so that a sequence of any length takes the memory of a few frames.
    Lags up to ``max_lag`` to either side are tried; 0 wins unless another has an error of under 95 % of its
    in the same frames.
    """

    def __init__(self, max_lag: int = MAX_LAG) -> None:
        self._max_lag = max_lag
        self._mattes: deque[tuple[int, U8Matte]] = deque(maxlen=max_lag + 1)
        self._truths: deque[tuple[int, U8Matte]] = deque(maxlen=max_lag + 1)
        self._costs: list[dict[int, float]] = []

    def add(self, u8_half_matte: U8Matte, u8_half_true: U8Matte) -> None:
        """Take the next frame: its matte and its truth, from ``half_size``."""
        now = len(self._costs)
        self._costs.append({})
        self._mattes.append((now, u8_half_matte))
        self._truths.append((now, u8_half_true))
        for then, u8_true in self._truths:
            self._costs[now][now - then] = _error(u8_half_matte, u8_true)
        for then, u8_matte in self._mattes:
            if then != now:
                self._costs[then][then - now] = _error(u8_matte, u8_half_true)

    def of_sequence(self) -> int:
        """Return the lag that fits the whole sequence best; 0 for an empty one."""
        if not self._costs:
            return 0
        lags = {lag for costs in self._costs for lag in costs}
        best = min(lags, key=lambda lag: (self._mean(lag, lag), abs(lag)))
        # Against 0 in the same frames: the first or last ones alone may be those that are hard or easy.
        return best if self._mean(best, best) < _CLEARLY * self._mean(0, best) else 0

    def of_frames(self) -> list[int]:
        """Return for each frame, in order, the lag that fits it best."""
        return [_best(costs) for costs in self._costs]

    def _mean(self, lag: int, where: int) -> float:
        """Return the mean error of a lag in the frames that have the lag ``where``."""
        return float(np.mean([costs[lag] for costs in self._costs if where in costs]))


def half_size(u8_matte: U8Matte) -> U8Matte:
    """Return a matte of half its width and height, averaged."""
    return np.asarray(cv2.resize(u8_matte, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _error(u8_matte: U8Matte, u8_true: U8Matte) -> float:
    return float(cv2.norm(u8_matte, u8_true, cv2.NORM_L1)) / u8_matte.size


def _best(costs: Mapping[int, float]) -> int:
    # Of equal ones the smallest lag: a picture that stands still fits everywhere.
    best = min(costs, key=lambda lag: (costs[lag], abs(lag)))
    return best if costs[best] < _CLEARLY * costs[0] else 0
