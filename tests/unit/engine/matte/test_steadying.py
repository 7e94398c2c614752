from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.motion import Motion
from selfieseg_engine.matte.steadying import steady

U8Image = npt.NDArray[np.uint8]
GRID, SIZE = (72, 128), (144, 256)  # rows, columns: a matte is larger than the grid of the motion


def motion(dx: float = 0.0, surprise: float = 0.0) -> Motion:
    flow = np.zeros((*GRID, 2), np.float32)
    flow[..., 0] = dx
    return Motion(flow, np.full(GRID, surprise, np.float32), False)


def flat(level: int) -> U8Image:
    return np.full(SIZE, level, np.uint8)


def shimmer(smoothing: float) -> float:
    """Return the mean change from picture to picture of an edge that trembles by some levels."""
    random, before, changes = np.random.default_rng(1), flat(120), []
    for _ in range(30):
        noisy = np.clip(120 + random.normal(0, 8, SIZE), 0, 255).astype(np.uint8)
        made = steady(noisy, before, motion(), smoothing)
        changes.append(np.abs(made.astype(int) - before).mean())
        before = made
    return float(np.mean(changes[5:]))


def test_what_stands_still_shimmers_less_the_more_it_is_smoothed() -> None:
    figures = [shimmer(smoothing) for smoothing in (0, 0.25, 0.5, 1)]
    assert figures == sorted(figures, reverse=True)
    assert figures[2] < figures[0] / 3


def test_no_smoothing_changes_nothing() -> None:
    random = np.random.default_rng(1)
    matte, before = random.integers(0, 256, (2, *SIZE), np.uint8)
    assert np.array_equal(steady(matte, before, motion(), 0), matte)


@pytest.mark.parametrize("moved", [motion(dx=1), motion(surprise=1)])
@pytest.mark.parametrize("smoothing", [0.5, 1.0])
def test_what_moves_or_is_new_is_taken_as_it_is(moved: Motion, smoothing: float) -> None:
    matte, before = np.random.default_rng(1).integers(0, 256, (2, *SIZE), np.uint8)
    assert np.array_equal(steady(matte, before, moved, smoothing), matte)


@pytest.mark.parametrize("smoothing", [0.5, 1.0])
@pytest.mark.parametrize(("before", "now"), [(0, 64), (255, 0), (100, 200)])
def test_a_large_change_is_no_noise(before: int, now: int, smoothing: float) -> None:
    assert (steady(flat(now), flat(before), motion(), smoothing) == now).all()


@pytest.mark.parametrize("smoothing", [0.5, 0.8, 1.0])
@pytest.mark.parametrize(("before", "now"), [(100, 120), (120, 100), (0, 30), (255, 230)])
def test_a_small_change_that_stays_arrives(before: int, now: int, smoothing: float) -> None:
    """But for some levels: less than one is no step of a matte of 8 bits."""
    made = flat(before)
    for _ in range(40):
        made = steady(flat(now), made, motion(), smoothing)
    assert np.abs(made.astype(int) - now).max() <= 6


def test_pixels_are_judged_each_by_itself() -> None:
    half = motion()
    half.surprise[:, 64:] = 1
    made = steady(flat(120), flat(100), half, 0.5)
    assert (made[:, 134:] == 120).all()
    assert (made[:, :122] < 112).all()


def test_nothing_that_it_is_given_changes() -> None:
    matte, before = np.random.default_rng(1).integers(0, 256, (2, *SIZE), np.uint8)
    kept = matte.copy(), before.copy()
    steady(matte, before, motion(), 0.5)
    assert np.array_equal(matte, kept[0])
    assert np.array_equal(before, kept[1])
