from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_engine.live.letterbox import letterbox, shrink_to

SIDES = st.integers(1, 200)


@given(SIDES, SIDES, SIDES, SIDES)
def test_the_whole_picture_is_in_it(width: int, height: int, to_width: int, to_height: int) -> None:
    made = letterbox(np.full((height, width, 3), 200, np.uint8), (to_width, to_height))
    assert made.shape == (to_height, to_width, 3)
    assert made.flags.c_contiguous
    seen = (made[:, :, 0] == 200).nonzero()
    rows, columns = (int(np.ptp(each)) + 1 for each in seen)
    assert len(seen[0]) == rows * columns  # one rectangle
    assert rows == to_height or columns == to_width  # as large as can be
    assert abs(rows * width - columns * height) <= max(width, height)  # in its proportions, but for rounding


def test_a_picture_that_fits_is_not_touched() -> None:
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert letterbox(picture, (4, 2)) is picture


@given(SIDES, SIDES, SIDES, SIDES)
def test_large_windows_shrink(width: int, height: int, most_width: int, most_height: int) -> None:
    made = shrink_to((width, height), (most_width, most_height))
    assert made[0] <= max(1, most_width)
    assert made[1] <= max(1, most_height)
    if width <= most_width and height <= most_height:
        assert made == (width, height)
