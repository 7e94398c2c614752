from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.recording.orientation import Orientation, read_display_matrix

_ONE = 1 << 16
U8Image = npt.NDArray[np.uint8]


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    """Return FFmpeg's display matrix of (x', y') = (a x + c y, b x + d y)."""
    return struct.pack("=9i", a * _ONE, b * _ONE, 0, c * _ONE, d * _ONE, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("numbers", "turned"),
    [
        ((1, 0, 0, 1), lambda picture: picture),
        ((0, 1, -1, 0), lambda picture: np.rot90(picture, -1)),  # a phone held upright
        ((-1, 0, 0, -1), lambda picture: np.rot90(picture, 2)),
        ((0, -1, 1, 0), np.rot90),
        ((-1, 0, 0, 1), np.fliplr),
        ((1, 0, 0, -1), np.flipud),
        ((0, 1, 1, 0), lambda picture: picture.transpose(1, 0, 2)),
        ((0, -1, -1, 0), lambda picture: np.rot90(picture, 2).transpose(1, 0, 2)),
        ((0, 0, 0, 0), lambda picture: picture),  # some files have nothing but zeros
    ],
)
def test_all_right_angles(numbers: tuple[int, int, int, int], turned: Callable[[U8Image], U8Image]) -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    orientation = read_display_matrix(matrix(*numbers))
    upright = orientation.upright(picture)
    assert np.array_equal(upright, turned(picture))
    assert orientation.size(3, 2) == (upright.shape[1], upright.shape[0])


def test_an_angle_in_between_becomes_the_nearest_right_one() -> None:
    tilted = struct.pack("=9i", 60000, 26000, 0, -26000, 60000, 0, 0, 0, 1 << 30)
    assert read_display_matrix(tilted) == Orientation()
