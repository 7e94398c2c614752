from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.person_box import WHOLE, Box, overlap, person_box

HD = (1280, 720)


def person(rows: slice, columns: slice, size: tuple[int, int] = (256, 144)) -> npt.NDArray[np.bool_]:
    """Return a mask of ``size`` with somebody in these rows and columns."""
    mask = np.zeros(size[::-1], np.bool_)
    mask[rows, columns] = True
    return mask


def in_pixels(box: Box) -> tuple[float, float]:
    width, height = HD
    return (box.right - box.left) * width, (box.bottom - box.top) * height


def test_a_square_from_above_the_head() -> None:
    standing = person(slice(40, 140), slice(100, 140))
    box = person_box(standing, HD)
    width, height = in_pixels(box)
    assert width == pytest.approx(height)
    assert width == pytest.approx(220, rel=0.03)  # 40 columns of 5 pixels, and a tenth
    assert (box.left + box.right) / 2 * 256 == pytest.approx(120, abs=1)
    assert box.top * 720 == pytest.approx(200 - 0.15 * 220, abs=7)


def test_true_proportions_of_a_squeezed_frame() -> None:
    """A work frame of 512x512 of a wide picture: what is square there is not square in the picture."""
    squeezed = person(slice(100, 500), slice(200, 300), (512, 512))
    width, height = in_pixels(person_box(squeezed, HD))
    assert width == pytest.approx(height)
    assert width == pytest.approx(275, rel=0.03)


def test_all_of_a_group_is_in_it() -> None:
    group = person(slice(60, 144), slice(10, 60)) | person(slice(40, 144), slice(180, 250))
    box = person_box(group, HD)
    assert box.left * 256 < 13
    assert box.right * 256 > 247
    assert (box.top, box.bottom) == (0, 1)


def test_it_stays_in_the_frame() -> None:
    for columns in (slice(0, 30), slice(226, 256)):
        for rows in (slice(0, 144), slice(100, 144)):
            box = person_box(person(rows, columns), HD)
            assert 0 <= box.left < box.right <= 1
            assert 0 <= box.top < box.bottom <= 1
            width, height = in_pixels(box)
            assert width == pytest.approx(height)


def test_specks_do_not_widen_it() -> None:
    mask = person(slice(40, 140), slice(100, 140))
    alone = person_box(mask, HD)
    mask[140:143, 250:255] = True
    assert overlap(person_box(mask, HD), alone) > 0.95


def test_nobody_there() -> None:
    assert person_box(np.zeros((144, 256), np.bool_), HD) == WHOLE
    box = person_box(person(slice(70, 71), slice(30, 31)), HD)
    assert in_pixels(box) == pytest.approx((144, 144)), "a speck is no face: a fifth of the frame at least"


def test_pixels_of_a_box() -> None:
    assert WHOLE.pixels((5, 7)) == (slice(0, 7), slice(0, 5))
    assert Box(0.25, 0.5, 0.75, 1).pixels((8, 4)) == (slice(2, 4), slice(2, 6))
    rows, columns = Box(0.99, 0.99, 1, 1).pixels((2, 2))
    assert (rows, columns) == (slice(1, 2), slice(1, 2)), "one pixel at least"


def test_overlap() -> None:
    assert overlap(WHOLE, WHOLE) == 1
    assert overlap(Box(0, 0, 0.5, 1), Box(0.5, 0, 1, 1)) == 0
    assert overlap(Box(0, 0, 0.5, 1), WHOLE) == pytest.approx(0.5)
    assert overlap(Box(0, 0, 0.5, 1), Box(0.25, 0, 0.75, 1)) == pytest.approx(1 / 3)
