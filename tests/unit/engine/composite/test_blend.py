from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.composite import blend

U8Image = npt.NDArray[np.uint8]


def all_pairs() -> tuple[U8Image, U8Image, U8Image]:
    """Return two pictures and a matte with a pixel for each pair of the matte's and a picture's values."""
    values, matte = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    front = np.dstack((values, 255 - values, values // 2))
    back = np.dstack((values[::-1], np.full_like(values, 255), values[:, ::-1]))
    return np.ascontiguousarray(front), np.ascontiguousarray(back), matte


def mean(front: U8Image, back: U8Image, matte: U8Image) -> U8Image:
    share = (matte / 255).reshape(*matte.shape, *[1] * (front.ndim - 2))
    return np.asarray(np.rint(back + (front.astype(np.float64) - back) * share), np.uint8)


def test_over_is_the_rounded_mean() -> None:
    front, back, matte = all_pairs()
    mixed = blend.over(front, back, matte)
    np.testing.assert_array_equal(mixed, mean(front, back, matte))
    np.testing.assert_array_equal(mixed[0], back[0])
    np.testing.assert_array_equal(mixed[255], front[255])


@pytest.mark.parametrize("case", ["read-only", "strided", "mirrored"])
def test_nothing_is_compiled_for_pictures_of_another_make(case: str) -> None:
    front, back, matte = all_pairs()
    expected = blend.over(front, back, matte)
    compiled = list(cast("Any", blend.mix_lines).signatures)
    if case == "read-only":
        for each in (front, back, matte):
            each.flags.writeable = False
    elif case == "strided":
        front, back, matte = (np.repeat(each, 2, axis=1)[:, ::2] for each in (front, back, matte))
    else:
        front, back, matte = (each[::-1].copy()[::-1] for each in (front, back, matte))
    np.testing.assert_array_equal(blend.over(front, back, matte), expected)
    assert cast("Any", blend.mix_lines).signatures == compiled


@pytest.mark.parametrize("small_size", [(64, 64), (63, 41), (256, 128), (1, 1)])
def test_a_small_picture_is_stretched_to_one_level(small_size: tuple[int, int]) -> None:
    front, back, matte = all_pairs()
    small = np.asarray(cv2.resize(back, small_size, interpolation=cv2.INTER_AREA), np.uint8)
    stretched = np.asarray(cv2.resize(small, (256, 256), interpolation=cv2.INTER_LINEAR), np.uint8)
    mixed = blend.over_stretched(front, small, matte)
    difference = np.abs(mixed.astype(int) - blend.over(front, stretched, matte))
    assert difference.max() <= 1
    np.testing.assert_array_equal(mixed[255], front[255])


def test_lines_longer_than_the_matte_are_left_alone_there() -> None:
    front, back, matte = all_pairs()
    result = np.full((256, 300), 7, np.uint8)
    longer = np.zeros((256, 300), np.uint8)
    longer[:, :256] = front[..., 0]
    blend.mix_lines(longer, np.ascontiguousarray(back[..., 0]), matte, result)
    np.testing.assert_array_equal(result[:, :256], mean(front[..., 0], back[..., 0], matte))
    assert (result[:, 256:] == 7).all()
