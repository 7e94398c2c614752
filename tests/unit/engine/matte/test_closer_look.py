from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.closer_look import look_closer

U8Image = npt.NDArray[np.uint8]
F32Image = npt.NDArray[np.float32]
MODEL = (64, 36)


class Model:
    """Sees what is bright, on a small copy; keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[U8Image] = []

    def __call__(self, picture: U8Image) -> F32Image:
        self.shown.append(picture.copy())
        return np.asarray(cv2.resize(picture[..., 2], MODEL, interpolation=cv2.INTER_AREA) / np.float32(255))


def room(person: tuple[int, int, int, int] | None, size: tuple[int, int] = (320, 180)) -> U8Image:
    frame = np.zeros((*size[::-1], 3), np.uint8)
    if person is not None:
        left, top, right, bottom = person
        frame[top:bottom, left:right] = (90, 90, 255)
    return frame


def test_ten_looks_for_one_mask() -> None:
    model, frame = Model(), room((120, 60, 180, 140))
    mask = look_closer(frame, model)
    assert mask.shape == (180, 320)
    assert mask.dtype == np.float32
    assert 0 <= mask.min() <= mask.max() <= 1
    assert len(model.shown) == 10
    for straight, mirrored in zip(model.shown[::2], model.shown[1::2], strict=True):
        assert np.array_equal(straight[:, ::-1], mirrored)
        assert straight[:, :, 2].max() == 255, "each of them has the person"
    assert model.shown[0].shape == frame.shape
    areas = [picture.size for picture in model.shown[2::2]]
    assert areas == sorted(areas)
    assert areas[-1] < frame.size / 3


def test_it_is_finer_than_one_look() -> None:
    frame = room((123, 61, 179, 141))
    truth = frame[..., 2] / 255
    once = cv2.resize(Model()(frame), (320, 180), interpolation=cv2.INTER_LINEAR)
    assert np.abs(look_closer(frame, Model()) - truth).mean() < 0.6 * np.abs(once - truth).mean()


def test_nobody_is_looked_for_twice() -> None:
    model = Model()
    assert look_closer(room(None), model).max() == 0
    assert len(model.shown) == 2


def test_the_mask_is_the_mean() -> None:
    """A model that is certain of a mirrored picture, and of the other not: half of each, everywhere."""
    answers = iter([1.0, 0.0] + [0.5, 0.7] * 4)

    def infer(_: U8Image) -> npt.NDArray[Any]:
        return np.full((36, 64), next(answers), np.float32)

    # The mean is not above one half, so there is nobody to look at closer.
    np.testing.assert_allclose(look_closer(room(None), infer), 0.5)

    answers = iter([1.0, 0.8] + [0.6, 0.4] * 4)
    mask = look_closer(room(None), infer)
    # Everything is person: each part is all of the picture, and counts as much as the whole.
    np.testing.assert_allclose(mask, (0.9 + 4 * 0.5) / 5, atol=1e-6)


def test_what_leaves_a_part_counts_less_towards_its_sides() -> None:
    """Where a part ends the model sees less: there the whole decides, and no seam is left."""
    frame = room((120, 60, 180, 140))

    def infer(picture: U8Image) -> F32Image:
        if picture.shape == frame.shape:
            return np.asarray(cv2.resize(picture[..., 2], MODEL) / np.float32(255), np.float32)
        return np.ones(MODEL[::-1], np.float32)  # sees people everywhere

    mask = look_closer(frame, infer)
    assert mask[0, 0] == 0
    assert np.abs(np.diff(mask[100, :110])).max() < 0.25
    assert mask[100, 150] > 0.9


@pytest.mark.parametrize("size", [(1, 1), (20, 3), (15, 15), (300, 17)])
def test_tiny_frames(size: tuple[int, int]) -> None:
    frame = np.full((*size[::-1], 3), 255, np.uint8)
    mask = look_closer(frame, Model())
    assert mask.shape == size[::-1]
    np.testing.assert_allclose(mask, 1, atol=1e-6)
