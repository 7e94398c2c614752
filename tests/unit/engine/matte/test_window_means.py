from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_engine.matte.window_means import window_means


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    channels=st.integers(1, 4),
    radius=st.integers(0, 6),
    seed=st.integers(0, 9),
)
def test_they_are_the_means_of_windows(size: tuple[int, int], channels: int, radius: int, seed: int) -> None:
    height, width = size
    planes = np.random.default_rng(seed).random((channels, height, width), np.float32)
    pads = [(0, 0), (radius, radius), (radius, radius)]
    padded = np.pad(planes, pads, mode="symmetric")
    side = range(2 * radius + 1)
    wanted = np.mean([padded[:, y : y + height, x : x + width] for y in side for x in side], axis=0)
    np.testing.assert_allclose(window_means(planes, radius), wanted, atol=1e-5)


def test_sums_do_not_drift_down_a_tall_picture() -> None:
    plane = np.random.default_rng(1).random((4000, 32), np.float32)
    means = window_means(plane[np.newaxis], 4)[0]
    wanted = cv2.boxFilter(plane, -1, (9, 9), borderType=cv2.BORDER_REFLECT)
    assert np.abs(means - wanted)[-100:].max() == pytest.approx(0, abs=1e-4)
