from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.motion import Motion, MotionTracker

U8Image = npt.NDArray[np.uint8]
SIZE = (256, 144)


def texture(seed: int = 1, size: tuple[int, int] = (400, 300)) -> U8Image:
    """Return a picture with something to see at every place: uint8 HxWx3."""
    width, height = size
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    smooth = cv2.GaussianBlur(noise, (0, 0), 4).astype(np.float32)
    return np.asarray(np.clip((smooth - 127) * 5 + 127, 0, 255), np.uint8)


def window(picture: U8Image, x: int, y: int) -> U8Image:
    return np.ascontiguousarray(picture[y : y + SIZE[1], x : x + SIZE[0]])


def noisy(picture: U8Image, sigma: float, seed: int) -> U8Image:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def between(before: U8Image, after: U8Image) -> Motion:
    tracker = MotionTracker()
    assert tracker.follow(before) is None, "the first has come from nowhere"
    motion = tracker.follow(after)
    assert motion is not None
    return motion


@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (0, -2), (-5, 4), (8, 1)])
def test_the_flow_leads_back_to_where_a_pixel_came_from(shift: tuple[int, int]) -> None:
    picture = texture()
    dx, dy = shift
    motion = between(window(picture, 50, 50), window(picture, 50 - dx, 50 - dy))  # what it shows moves by +
    inner = motion.flow[16:-16, 16:-16]
    assert np.abs(np.median(inner, axis=(0, 1)) - (-dx, -dy)).max() < 0.3
    assert np.abs(inner - (-dx, -dy)).mean() < 0.6
    assert not motion.is_cut
    assert motion.surprise[16:-16, 16:-16].mean() < 0.05


def test_what_is_carried_arrives_where_the_picture_went() -> None:
    picture = texture()
    before, after = window(picture, 50, 50), window(picture, 45, 52)
    motion = between(before, after)
    inner = np.s_[16:-16, 16:-16]
    assert np.abs(before[inner].astype(int) - after[inner]).mean() > 15
    assert np.abs(motion.carry(before)[inner].astype(int) - after[inner]).mean() < 5
    matte = before[..., 0].astype(np.float32) / 255
    carried = motion.carry(matte)
    assert carried.dtype == np.float32
    assert np.abs(carried[inner] - after[inner][..., 0] / 255).mean() < 0.03
    counts = np.where(matte > 0.5, np.uint8(3), np.uint8(0))
    assert set(np.unique(motion.carry(counts, cv2.INTER_NEAREST))) <= {0, 3}


@pytest.mark.parametrize("matte_size", [SIZE, (512, 288)])
@pytest.mark.parametrize("share", [0.0, 1.0, 2.0])
def test_leading_goes_on_in_the_same_direction(matte_size: tuple[int, int], share: float) -> None:
    picture = texture()
    motion = between(window(picture, 50, 50), window(picture, 46, 50))  # 4 to the right
    matte = np.zeros(matte_size[::-1], np.uint8)
    scale = matte_size[0] // SIZE[0]
    matte[60 * scale : 90 * scale, 100 * scale : 130 * scale] = 255
    led = motion.lead(matte, share)
    assert led.shape == matte.shape
    assert led.dtype == np.uint8
    columns = np.average(np.arange(matte_size[0]), weights=led.sum(axis=0).astype(float))
    assert columns == pytest.approx((114.5 + 4 * share) * scale, abs=0.7 * scale)
    rows = np.average(np.arange(matte_size[1]), weights=led.sum(axis=1).astype(float))
    assert rows == pytest.approx(74.5 * scale, abs=0.7 * scale)


def test_another_scene_is_a_cut() -> None:
    motion = between(window(texture(1), 50, 50), window(texture(2), 50, 50))
    assert motion.is_cut
    assert motion.surprise.mean() > 0.5
    assert 0 <= motion.surprise.min() <= motion.surprise.max() <= 1


def test_a_hand_that_comes_in_is_a_surprise_there_only() -> None:
    picture = window(texture(), 50, 50)
    with_hand = picture.copy()
    with_hand[40:80, 20:50] = (150, 170, 220)
    motion = between(picture, with_hand)
    assert not motion.is_cut
    assert motion.surprise[45:75, 25:45].mean() > 0.5
    far = motion.surprise.copy()
    far[20:100, :80] = 0
    assert far.mean() < 0.02


@pytest.mark.parametrize("sigma", [2, 8])
def test_noise_is_no_surprise(sigma: float) -> None:
    picture = window(texture(), 50, 50)
    motion = between(noisy(picture, sigma, 1), noisy(picture, sigma, 2))
    assert not motion.is_cut
    assert motion.surprise.mean() < 0.02


@pytest.mark.parametrize("size", [(8, 4), (1, 1), (300, 5), (31, 31), (32, 32)])
def test_tiny_pictures_have_a_motion_too(size: tuple[int, int]) -> None:
    """Below some pixels the search would fail: then nothing moves, and only what differs is told."""
    picture = np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), np.uint8)
    motion = between(picture, picture)
    assert motion.flow.shape == (*size[::-1], 2)
    assert motion.surprise.shape == size[::-1]
    assert motion.surprise.max() == 0
    assert np.abs(motion.flow).max() < 0.5
    assert between(np.zeros_like(picture), np.full_like(picture, 255)).is_cut


def test_a_picture_of_another_size_begins_anew() -> None:
    tracker = MotionTracker()
    tracker.follow(window(texture(), 50, 50))
    assert tracker.follow(texture(1, (64, 48))) is None
    assert tracker.follow(texture(1, (64, 48))) is not None


def test_after_a_reset_there_is_no_picture_before() -> None:
    tracker = MotionTracker()
    tracker.follow(window(texture(), 50, 50))
    tracker.reset()
    assert tracker.follow(window(texture(), 50, 50)) is None
