from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.edges import grid_size, refine_edges

U8Image = npt.NDArray[np.uint8]
WORK, MASK = (512, 288), (256, 144)


def scene(outline: int = 0) -> tuple[U8Image, U8Image]:
    """Return a work frame (uint8 288x512x3) of a round head before a wall, and its true matte.

    ``outline`` moves the matte's edge outwards by so many pixels of the work frame.
    """
    noise = np.random.default_rng(1).normal(0, 3, (288, 512, 3))
    frame = np.full((288, 512, 3), (90, 110, 100), np.float64)
    truth = np.zeros((288, 512), np.uint8)
    cv2.circle(frame, (256, 150), 80, (150, 170, 220), -1)
    cv2.circle(truth, (256, 150), 80 + outline, 255, -1)
    return np.asarray(np.clip(frame + noise, 0, 255), np.uint8), truth


@pytest.mark.parametrize(("outline", "gain"), [(3, 4), (-3, 3), (5, 2)])
def test_an_edge_beside_the_pictures_goes_there(outline: int, gain: float) -> None:
    """The mask is some pixels of the work frame too large, or too small, all around."""
    frame, truth = scene()
    mask = cv2.resize(scene(outline)[1], MASK, interpolation=cv2.INTER_AREA)
    refined = refine_edges(np.asarray(mask, np.uint8), frame)
    before = np.abs(cv2.resize(mask, WORK).astype(int) - truth).mean()
    after = np.abs(refined.astype(int) - truth).mean()
    assert after < before / gain
    assert refined[150, 256] == 255
    assert refined[20, 20] == 0


def test_bytes_and_floats_give_the_same() -> None:
    frame, truth = scene()
    mask = np.asarray(cv2.resize(truth, MASK, interpolation=cv2.INTER_AREA), np.uint8)
    from_bytes = refine_edges(mask, frame)
    from_floats = refine_edges((mask / np.float32(255)).astype(np.float32), frame)
    assert from_bytes.dtype == from_floats.dtype == np.uint8
    assert np.abs(from_bytes.astype(int) - from_floats).max() <= 1


def test_the_fourth_byte_says_nothing() -> None:
    frame, truth = scene()
    mask = np.asarray(cv2.resize(truth, MASK), np.uint8)
    rgbx = np.dstack([frame, np.random.default_rng(2).integers(0, 256, (288, 512), np.uint8)])
    assert np.array_equal(refine_edges(mask, rgbx), refine_edges(mask, frame))


def test_padded_rows_are_read_as_they_are() -> None:
    frame, truth = scene()
    mask = np.asarray(cv2.resize(truth, MASK), np.uint8)
    for channels in (frame, np.dstack([frame, frame[..., 0]])):
        padded = np.zeros((288, 530, channels.shape[2]), np.uint8)
        padded[:, :512] = channels
        assert np.array_equal(refine_edges(mask, padded[:, :512]), refine_edges(mask, frame))


@pytest.mark.parametrize("level", [0, 255])
def test_nobody_and_everybody_stay_so(level: int) -> None:
    frame, _ = scene()
    mask = np.full(MASK[::-1], level, np.uint8)
    assert np.unique(refine_edges(mask, frame)).tolist() == [level]


@pytest.mark.parametrize("work", [(512, 288), (384, 288), (300, 240), (128, 72), (511, 287)])
@pytest.mark.parametrize("middle", [(0.5, 0.5), (0.3, 0.9), (0.02, 0.4), (0.97, 0.03)])
def test_people_are_the_same_wherever_others_are(work: tuple[int, int], middle: tuple[float, float]) -> None:
    """What is far from everybody is left out: with specks in the corners that is nothing."""
    frame = np.random.default_rng(4).integers(60, 200, (*work[::-1], 3), np.uint8)
    frame = np.asarray(cv2.GaussianBlur(frame, (0, 0), 2), np.uint8)
    mask = np.zeros(MASK[::-1], np.float32)
    cv2.circle(mask, (round(middle[0] * MASK[0]), round(middle[1] * MASK[1])), 30, 1, -1)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 3), np.float32) * np.float32(0.96) + np.float32(0.03)
    with_specks = mask.copy()
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        with_specks[row, column] = 1
    # The filter reaches 16 cells, and whoever is twice as far from the specks is as without them.
    near_specks = np.zeros(MASK[::-1], np.uint8)
    near_specks[:33, :33] = near_specks[:33, -33:] = near_specks[-33:, :33] = near_specks[-33:, -33:] = 1
    far = cv2.resize(near_specks, work, interpolation=cv2.INTER_NEAREST) == 0
    alone, among = refine_edges(mask, frame).astype(int), refine_edges(with_specks, frame)
    assert alone.max() > 200
    assert np.abs(alone - among)[far].max() <= 1


@pytest.mark.parametrize("work", [(512, 288), (301, 203), (40, 30), (4, 1), (1, 1)])
@pytest.mark.parametrize("mask_size", [(256, 144), (512, 512), (64, 48), (8, 4), (1, 1)])
def test_the_matte_has_the_work_frames_size(work: tuple[int, int], mask_size: tuple[int, int]) -> None:
    frame = np.random.default_rng(3).integers(0, 256, (*work[::-1], 3), np.uint8)
    matte = refine_edges(np.full(mask_size[::-1], 150, np.uint8), frame)
    assert matte.shape == work[::-1]
    assert matte.dtype == np.uint8
    # Made steeper, and the same all over, whatever the picture shows.
    assert 150 < matte.min() <= matte.max() <= matte.min() + 1
    assert matte.max() < 200


@pytest.mark.parametrize(
    ("mask", "grid"),
    [
        ((256, 144), (256, 144)),
        ((256, 256), (256, 256)),
        ((512, 512), (256, 256)),
        ((513, 513), (256, 256)),
        ((1024, 256), (512, 128)),
        ((6, 4), (6, 4)),
        ((262_144, 1), (131_072, 1)),
    ],
)
def test_the_grid_is_the_masks_own_where_it_is_small(mask: tuple[int, int], grid: tuple[int, int]) -> None:
    assert grid_size(mask) == grid
