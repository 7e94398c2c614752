from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.stillness import Change, StillnessDetector, _block_means

U8Image = npt.NDArray[np.uint8]
GRID = (256, 144)


def as_seen(frame: U8Image) -> U8Image:
    """Return what a stream compares of a 720p camera: by way of a work frame onto the grid."""
    work = cv2.resize(frame, (512, 288), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(work, GRID, interpolation=cv2.INTER_LINEAR), np.uint8)


@pytest.fixture
def room(astronaut_bgr: U8Image) -> U8Image:
    return np.asarray(cv2.resize(astronaut_bgr, (1280, 720), interpolation=cv2.INTER_CUBIC), np.uint8)


def noisy(frame: U8Image, sigma: float, seed: int) -> U8Image:
    noise = np.random.default_rng(seed).normal(0, sigma, frame.shape)
    return np.asarray(np.clip(frame + noise, 0, 255), np.uint8)


def accepting(picture: U8Image) -> StillnessDetector:
    """Return a detector that compares with this picture."""
    detector = StillnessDetector()
    detector.look_at(picture)
    detector.accept()
    return detector


def test_the_first_picture_has_moved_and_the_same_one_is_the_same(room: U8Image) -> None:
    detector = StillnessDetector()
    picture = as_seen(room)
    assert detector.look_at(picture) is Change.MOVED
    assert detector.look_at(picture) is Change.MOVED, "it was looked at, and not accepted"
    detector.accept()
    assert detector.look_at(picture) is Change.SAME
    assert detector.look_at(picture.copy()) is Change.SAME


@pytest.mark.parametrize("sigma", [2, 4, 8])
def test_a_cameras_noise_is_still(room: U8Image, sigma: float) -> None:
    detector = accepting(as_seen(noisy(room, sigma, 0)))
    for seed in range(1, 12):
        assert detector.look_at(as_seen(noisy(room, sigma, seed))) is Change.STILL


@pytest.mark.parametrize("sigma", [0, 4])
def test_an_edge_that_moves_by_a_pixel_has_moved(sigma: float) -> None:
    """Of the camera's picture, whose pixels are a fifth of the grid's."""
    walls = np.full((720, 1280, 3), 60, np.uint8), np.full((720, 1280, 3), 60, np.uint8)
    for wall, edge in zip(walls, (640, 645), strict=True):
        wall[200:500, edge : edge + 200] = 200
    detector = accepting(as_seen(noisy(walls[0], sigma, 1)))
    assert detector.look_at(as_seen(noisy(walls[1], sigma, 2))) is Change.MOVED


def test_a_hand_has_moved(room: U8Image) -> None:
    detector = accepting(as_seen(room))
    waving = room.copy()
    waving[300:360, 100:160] = (150, 170, 220)
    assert detector.look_at(as_seen(waving)) is Change.MOVED


def test_what_changes_slowly_adds_up(room: U8Image) -> None:
    """The sun goes down by a quarter of a level a picture: each is like the one before it."""
    picture = as_seen(room).astype(np.float32)
    detector = accepting(as_seen(room))
    seen = [
        detector.look_at(np.asarray(np.clip(picture + step / 4, 0, 255), np.uint8)) for step in range(1, 13)
    ]
    assert seen[2] is not Change.MOVED
    assert seen[-1] is Change.MOVED
    assert seen == sorted(seen, key=lambda change: change is Change.MOVED), "once moved, it stays so"


def test_another_size_has_moved_and_a_reset_forgets(room: U8Image) -> None:
    picture = as_seen(room)
    detector = accepting(picture)
    assert detector.look_at(np.ascontiguousarray(picture[:, :200])) is Change.MOVED
    assert detector.look_at(picture) is Change.SAME
    detector.reset()
    assert detector.look_at(picture) is Change.MOVED


@pytest.mark.parametrize("size", [(1, 1), (8, 4), (9, 100)])
def test_tiny_pictures(size: tuple[int, int]) -> None:
    picture = np.full((*size[::-1], 3), 50, np.uint8)
    detector = accepting(picture)
    assert detector.look_at(picture) is Change.SAME
    assert detector.look_at(picture + 1) is Change.STILL
    assert detector.look_at(picture + 40) is Change.MOVED


@pytest.mark.parametrize("size", [(256, 144), (222, 166), (9, 100)])
def test_blocks_are_as_bright_as_their_pixels(size: tuple[int, int]) -> None:
    """Every pixel counts in one block, and none of the fourth channel does."""
    width, height = size
    frame = np.random.default_rng(1).integers(0, 256, (height, width, 4), np.uint8)
    grey = frame[..., :3] @ np.array((0.114, 0.587, 0.299))
    rows, columns = max(1, height // 8), max(1, width // 8)
    expected = [
        [
            grey[down * height // rows : (down + 1) * height // rows][
                :, across * width // columns : (across + 1) * width // columns
            ].mean()
            for across in range(columns)
        ]
        for down in range(rows)
    ]
    np.testing.assert_allclose(_block_means(frame), expected, atol=1e-3)
    np.testing.assert_allclose(_block_means(frame[..., :3]), expected, atol=1e-3)


def test_rows_with_a_margin(room: U8Image) -> None:
    """As work frames may lie in a ring."""
    wide = np.zeros((144, 300, 3), np.uint8)
    wide[:, :256] = as_seen(room)
    assert accepting(as_seen(room)).look_at(wide[:, :256]) is Change.SAME
