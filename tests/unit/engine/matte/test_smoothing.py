from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.motion import Motion
from selfieseg_engine.matte.smoothing import Smoother

F32Image = npt.NDArray[np.float32]
SIZE = (144, 256)  # rows, columns
SMOOTHING = 0.5


def still(surprise: float = 0.0, is_cut: bool = False) -> Motion:
    return Motion(np.zeros((*SIZE, 2), np.float32), np.full(SIZE, surprise, np.float32), is_cut)


def moved(dx: float, surprise: float = 0.0) -> Motion:
    """Return the motion of a picture whose content goes to the right by ``dx``."""
    flow = np.zeros((*SIZE, 2), np.float32)
    flow[..., 0] = -dx
    return Motion(flow, np.full(SIZE, surprise, np.float32), False)


def person(left: float = 100, right: float = 160) -> F32Image:
    columns = np.arange(SIZE[1])
    inside = np.clip(np.minimum(columns - left, right - columns) / 4 + 0.5, 0, 1)
    return np.tile(inside, (SIZE[0], 1)).astype(np.float32)


def noisy(mask: F32Image, seed: int, sigma: float = 0.1) -> F32Image:
    noise = np.random.default_rng(seed).normal(0, sigma, mask.shape)
    return np.clip(mask + noise, 0, 1).astype(np.float32)


def begun(mask: F32Image, smoothing: float = SMOOTHING) -> Smoother:
    """Return a smoother that has seen this mask for some pictures."""
    smoother = Smoother()
    assert np.array_equal(smoother.smooth(mask, None, smoothing), mask)
    for _ in range(3):
        smoother.smooth(mask, still(), smoothing)
    return smoother


def flicker(smoothing: float) -> float:
    """Return the variance over time of a noisy mask, where its level is one half."""
    mask, smoother = np.full(SIZE, 0.5, np.float32), Smoother()
    made = [smoother.smooth(noisy(mask, index), still() if index else None, smoothing) for index in range(40)]
    return float(np.var(np.stack(made[10:]), axis=0).mean())


def test_what_stands_still_stops_flickering() -> None:
    assert flicker(SMOOTHING) < flicker(0) / 4


def test_more_smoothing_flickers_less() -> None:
    figures = [flicker(smoothing) for smoothing in (0, 0.1, 0.25, 0.5, 0.75, 1)]
    assert figures == sorted(figures, reverse=True)
    assert figures[-1] < figures[0] / 20
    assert figures[1] < 0.9 * figures[0]


def test_no_smoothing_is_the_mask_itself() -> None:
    smoother = begun(person(), 0)
    for index in range(3):
        mask = noisy(person(), index, 0.4)
        np.testing.assert_allclose(smoother.smooth(mask, still(), 0), mask, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.3, 0.5, 1.0])
def test_a_drop_out_of_one_picture_is_bridged(smoothing: float) -> None:
    """Half a face is gone for a picture, and back in the next."""
    mask, smoother = person(), begun(person(), smoothing)
    gone = mask.copy()
    gone[:70] = 0
    inside = mask == 1
    assert smoother.smooth(gone, still(), smoothing)[inside].min() > 0.5
    assert smoother.smooth(mask, still(), smoothing)[inside].min() > 0.6
    for _ in range(12):
        smoother.smooth(mask, still(), smoothing)
    assert smoother.smooth(mask, still(), smoothing)[inside].min() > 0.75
    assert smoother.smooth(gone, still(), smoothing)[inside].min() > 0.5, "and again, later"


@pytest.mark.parametrize("smoothing", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("appears", [True, False])
def test_a_change_that_stays_is_believed_in_the_third_picture(smoothing: float, appears: bool) -> None:
    """Whether or not the picture tells of it: what was smoothed must not outlive that."""
    nobody, somebody = np.zeros(SIZE, np.float32), np.ones(SIZE, np.float32)
    before, after = (nobody, somebody) if appears else (somebody, nobody)
    smoother = begun(before, smoothing)
    made = [smoother.smooth(after, still(), smoothing) for _ in range(3)]
    assert np.abs(made[0] - before).max() < 0.5
    np.testing.assert_allclose(made[2], after, atol=1e-6)


@pytest.mark.parametrize("height", [0.4, 0.6, 0.8, 1.0])
@pytest.mark.parametrize("smoothing", [0.3, 0.5, 0.8, 1.0])
def test_a_smaller_change_is_believed_too(height: float, smoothing: float) -> None:
    smoother = begun(np.zeros(SIZE, np.float32), smoothing)
    after = np.full(SIZE, height, np.float32)
    for _ in range(3):
        made = smoother.smooth(after, still(), smoothing)
    assert np.abs(made - after).max() < 0.05


def test_where_the_picture_is_new_the_mask_is_believed_at_once() -> None:
    smoother = begun(person())
    other = person(20, 60)
    np.testing.assert_allclose(smoother.smooth(other, still(surprise=1), SMOOTHING), other, atol=1e-6)


def test_surprise_counts_pixel_by_pixel() -> None:
    mask, smoother = np.zeros(SIZE, np.float32), begun(np.zeros(SIZE, np.float32))
    motion = still()
    motion.surprise[:, 128:] = 1
    made = smoother.smooth(mask + np.float32(0.3), motion, SMOOTHING)
    assert made[:, :128].max() < 0.1
    np.testing.assert_allclose(made[:, 128:], 0.3, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.5, 1.0])
def test_who_walks_leaves_no_trail(smoothing: float) -> None:
    """Six cells a picture, with a motion that tells so."""
    smoother = begun(person(40, 80), smoothing)
    for step in range(1, 20):
        mask = person(40 + 6 * step, 80 + 6 * step)
        made = smoother.smooth(mask, moved(6), smoothing)
        assert np.abs(made[:, 12:-12] - mask[:, 12:-12]).max() < 0.05


@pytest.mark.parametrize("smoothing", [0.5, 1.0])
def test_a_wrong_motion_leaves_a_trail_of_two_pictures_at_most(smoothing: float) -> None:
    """The picture before a plain wall tells no motion and no surprise at all."""
    smoother = begun(person(40, 80), smoothing)
    for step in range(1, 12):
        mask = person(40 + 6 * step, 80 + 6 * step)
        made = smoother.smooth(mask, still(), smoothing)[0]
        left = 40 + 6 * step
        assert made[: left - 3 * 6 - 3].max() < 0.25, "of what was left three pictures ago, nearly nothing"
        assert made[left + 3 : left + 40 - 3 * 6 - 3].min() > 0.75


def test_a_flickering_half_is_not_believed() -> None:
    """There and gone in turn: neither has been so for two pictures."""
    mask, smoother = person(), begun(person())
    inside = mask == 1
    for step in range(20):
        made = smoother.smooth(np.zeros_like(mask) if step % 3 == 0 else mask, still(), SMOOTHING)
        assert made[inside].min() > 0.5


def test_belief_walks_with_who_walks() -> None:
    """His bag is found from one picture on: it is believed in the third, wherever he is by then."""
    smoother = begun(person(40, 60))
    for step in range(1, 4):
        mask = np.maximum(person(40 + 20 * step, 60 + 20 * step), person(62 + 20 * step, 74 + 20 * step))
        made = smoother.smooth(mask, moved(20), SMOOTHING)
    np.testing.assert_allclose(made[:, 66 + 60 : 71 + 60], 1, atol=1e-6)


def test_a_cut_begins_anew() -> None:
    smoother = begun(person(40, 80))
    other = person(140, 200)
    assert np.array_equal(smoother.smooth(other, still(is_cut=True), SMOOTHING), other)
    dropped = np.zeros(SIZE, np.float32)
    assert smoother.smooth(dropped, still(), SMOOTHING)[:, 150:190].min() > 0.5, (
        "of the new scene it remembers"
    )


def test_a_reset_forgets() -> None:
    smoother = begun(person(40, 80))
    smoother.reset()
    other = person(140, 200)
    assert np.array_equal(smoother.smooth(other, still(), SMOOTHING), other)


def test_the_masks_that_it_is_given_stay_as_they_are() -> None:
    smoother, masks = Smoother(), [noisy(person(), index) for index in range(4)]
    kept = [mask.copy() for mask in masks]
    made = [smoother.smooth(mask, still() if index else None, 1) for index, mask in enumerate(masks)]
    for mask, before in zip(masks, kept, strict=True):
        assert np.array_equal(mask, before)
    assert cv2.norm(made[1], made[2], cv2.NORM_INF) > 0, "and each result is an array of its own"
