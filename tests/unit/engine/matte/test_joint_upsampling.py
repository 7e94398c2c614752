from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.composite.effects_page import refine

from selfieseg_engine.matte.joint_upsampling import upsample_matte

U8Image = npt.NDArray[np.uint8]


def two_halves(size: tuple[int, int], edge: int) -> U8Image:
    """Return a frame (uint8 HxWx3) that is light left of a column and dark from there on."""
    width, height = size
    frame = np.full((height, width, 3), (60, 30, 20), np.uint8)
    frame[:, :edge] = (180, 200, 220)
    return frame


def blob(size: tuple[int, int]) -> U8Image:
    """Return a soft round matte, uint8."""
    width, height = size
    matte = np.zeros((height, width), np.uint8)
    cv2.ellipse(matte, (width // 2, height // 2), (width // 4, height // 3), 0, 0, 360, 255, -1)
    return np.asarray(cv2.GaussianBlur(matte, (0, 0), 1.2), np.uint8)


@pytest.mark.parametrize(
    ("size", "matte_size"),
    [
        ((160, 90), (64, 36)),
        ((161, 91), (64, 36)),
        ((97, 113), (31, 29)),
        ((40, 30), (39, 29)),
        ((19, 17), (6, 5)),
    ],
)
def test_it_is_the_formula(
    astronaut_bgr: U8Image, size: tuple[int, int], matte_size: tuple[int, int]
) -> None:
    frame = np.asarray(cv2.resize(astronaut_bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
    matte = blob(matte_size)
    found = upsample_matte(matte, frame)
    assert found.dtype == np.uint8
    assert found.shape == size[::-1]
    wanted = 255 * refine(matte / 255, frame / 255)
    difference = np.abs(found - wanted)
    assert difference.max() <= 3, "the guide has 8 bits, and what is all but flat is left alone"
    assert difference.mean() < 0.3
    assert difference.max() < np.abs(cv2.resize(matte, size) - wanted).max() / 3, "and no plain stretch"


@pytest.mark.parametrize("edge", [79, 80, 82])
def test_the_edge_is_where_the_frames_is(edge: int) -> None:
    """The matte's cells are 4 pixels wide: its own edge, at 80, is a ramp over two of them.

    It follows as far as the middles of the cells beside it, at 78 and 82, are on the right sides.
    """
    matte = np.zeros((24, 40), np.uint8)
    matte[:, :20] = 255
    upsampled = upsample_matte(matte, two_halves((160, 96), edge))[48].astype(int)
    assert upsampled[edge - 1] - upsampled[edge] > 100
    plain = cv2.resize(matte, (160, 96))[48].astype(int)
    assert np.abs(np.diff(plain)).max() < 80


@pytest.mark.parametrize("level", [0, 255])
def test_where_the_matte_is_flat_no_texture_comes_in(level: int) -> None:
    frame = np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8)
    matte = blob((64, 36))
    upsampled = upsample_matte(matte, frame)
    near = np.ones((5, 5), np.uint8)
    flat = cv2.erode((matte == level).astype(np.uint8), near)
    inside = cv2.resize(flat, (160, 90), interpolation=cv2.INTER_NEAREST) > 0
    assert inside.sum() > 500
    assert (upsampled[inside] == level).all()


def test_half_a_person_everywhere_stays_half() -> None:
    frame = np.random.default_rng(1).integers(0, 256, (45, 80, 3), np.uint8)
    assert np.unique(upsample_matte(np.full((20, 30), 100, np.uint8), frame)).tolist() == [100]


@pytest.mark.parametrize("matte_size", [(160, 90), (320, 180), (160, 45), (80, 90), (200, 10)])
def test_a_matte_that_is_not_smaller_is_stretched(matte_size: tuple[int, int]) -> None:
    frame = np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8)
    matte = blob(matte_size)
    assert np.array_equal(upsample_matte(matte, frame), cv2.resize(matte, (160, 90)))


def test_the_fourth_byte_says_nothing() -> None:
    random = np.random.default_rng(1)
    frame = two_halves((160, 96), 81)
    matte = blob((40, 24))
    wanted = upsample_matte(matte, frame)
    rgbx = np.dstack([frame, random.integers(0, 256, (96, 160), np.uint8)])
    assert np.array_equal(upsample_matte(matte, rgbx), wanted)


def test_nothing_that_it_is_given_changes() -> None:
    frame, matte = two_halves((160, 96), 81), blob((40, 24))
    kept = frame.copy(), matte.copy()
    upsample_matte(matte, frame)
    assert np.array_equal(frame, kept[0])
    assert np.array_equal(matte, kept[1])
