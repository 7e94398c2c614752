"""One step against the same step sample by sample, as OpenCV samples bilinearly."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.composite.kawase import step_down, step_up

Sums = npt.NDArray[np.float32]


def sampled(sums: Sums, size: tuple[int, int], dx: float, dy: float) -> Sums:
    """Sample at the middle of every pixel of a picture of ``size``, moved by (dx, dy) pixels of ``sums``."""
    across, along = sums.shape[1] / size[0], sums.shape[0] / size[1]
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    to_x = ((x + 0.5) * across - 0.5 + dx).astype(np.float32)
    to_y = ((y + 0.5) * along - 0.5 + dy).astype(np.float32)
    found: Any = cv2.remap(sums, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def at(sums: Sums, size: tuple[int, int], *offsets: tuple[float, float]) -> Any:
    return sum(sampled(sums, size, dx, dy).astype(float) for dx, dy in offsets)


def diagonals(reach: float) -> list[tuple[float, float]]:
    return [(reach, reach), (reach, -reach), (-reach, reach), (-reach, -reach)]


def smooth_sums(size: tuple[int, int]) -> Sums:
    """Smooth, for ``cv2.remap`` knows the place between two pixels in 32 steps only."""
    sums = np.random.default_rng(5).random((size[1], size[0], 4), np.float32) * 255
    return np.asarray(cv2.GaussianBlur(sums, (0, 0), 1.5), np.float32)


SIZES = [((64, 36), (32, 18)), ((65, 37), (32, 18)), ((3, 5), (1, 2)), ((2, 2), (1, 1))]


@pytest.mark.parametrize("offset", [1.0, 1.37, 1.99])
@pytest.mark.parametrize(("large", "small"), SIZES)
def test_down(large: tuple[int, int], small: tuple[int, int], offset: float) -> None:
    sums = smooth_sums(large)
    wanted = (4 * at(sums, small, (0, 0)) + at(sums, small, *diagonals(offset / 2))) / 8
    np.testing.assert_allclose(step_down(sums, small, offset), wanted, atol=1)


@pytest.mark.parametrize("offset", [1.0, 1.37, 1.99])
@pytest.mark.parametrize(("large", "small"), SIZES)
def test_up(large: tuple[int, int], small: tuple[int, int], offset: float) -> None:
    sums = smooth_sums(small)
    straight = [(offset, 0.0), (-offset, 0.0), (0.0, offset), (0.0, -offset)]
    wanted = (2 * at(sums, large, *diagonals(offset / 2)) + at(sums, large, *straight)) / 12
    np.testing.assert_allclose(step_up(sums, large, offset), wanted, atol=1)
