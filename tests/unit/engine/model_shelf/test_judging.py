"""How masks are judged, compared and shown."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.model_shelf.agreement import agreement
from selfieseg_engine.model_shelf.contact_sheet import SheetRow, draw_sheet
from selfieseg_engine.model_shelf.normalisations import candidates
from selfieseg_engine.model_shelf.plausibility import ENOUGH, best_of, score, shows_somebody
from selfieseg_engine.model_shelf.wishes import Wishes

FloatMask = npt.NDArray[np.float32]


def disc(radius: float = 30.0, size: int = 100) -> FloatMask:
    rows, columns = np.indices((size, size))
    return np.asarray(np.hypot(rows - size / 2, columns - size / 2) < radius, np.float32)


def test_a_decided_mask_in_one_piece_is_good() -> None:
    assert score(disc(), None) > 0.95
    undecided = np.full((100, 100), 0.55, np.float32)
    assert score(undecided, None) < ENOUGH
    noise = np.random.default_rng(1).random((100, 100)).astype(np.float32).round()
    assert score(noise, None) < score(disc(), None)


@pytest.mark.parametrize("value", [0.0, 1.0, np.nan, -7.0, 9.0])
def test_a_mask_of_all_or_nothing_is_none(value: float) -> None:
    mask = np.full((100, 100), value, np.float32)
    assert score(mask, None) == 0
    assert not shows_somebody(mask)


def test_with_a_known_model_agreement_decides() -> None:
    assert score(disc(), disc()) > 0.99
    assert score(1 - disc(), disc()) < 0.1
    assert score(disc(), disc(size=50, radius=15)) > 0.9  # of another size
    assert score(np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32)) == 0


def test_the_most_usual_of_equals_wins() -> None:
    assert best_of([0.5, 0.895, 0.9], compared=True) == 1
    assert best_of([0.5, 0.86, 0.9], compared=True) == 2
    assert best_of([0.5, 0.86, 0.9], compared=False) == 1


def test_all_usual_normalisations_are_tried() -> None:
    found = candidates("f32", Wishes())
    assert len(found) == 8
    assert (found[0].colour, found[0].scale) == ("RGB", (255.0,) * 3)
    bgr = next(each for each in found if each.name == "ImageNet" and each.colour == "BGR")
    assert bgr.mean == (103.53, 116.28, 123.675)


def test_what_the_user_says_is_not_tried_otherwise() -> None:
    assert [each.colour for each in candidates("f32", Wishes(colour="BGR"))] == ["BGR"] * 4
    mean, scale = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)
    (only,) = candidates("f32", Wishes(colour="BGR", mean=mean, scale=scale))
    assert (only.mean, only.scale) == (mean, scale)


def test_whole_numbers_are_pixels() -> None:
    assert [(each.mean[0], each.scale[0]) for each in candidates("i8", Wishes())] == [(128.0, 1.0)] * 2
    assert [(each.mean[0], each.scale[0]) for each in candidates("u8", Wishes())] == [(0.0, 1.0)] * 2


def test_agreement_is_a_mean_over_pictures() -> None:
    nobody = np.zeros((100, 100), np.float32)
    same = agreement([disc(), nobody], [disc(), nobody])
    assert (same.iou, same.mad) == (1.0, 0.0)
    half = agreement([disc(), disc()], [disc(), nobody])
    assert half.iou == 0.5
    assert half.mad == pytest.approx(disc().mean() / 2)


def test_the_sheet_shows_photo_mask_and_composite() -> None:
    photo = np.full((200, 200, 3), (0, 0, 255), np.uint8)
    rows = [SheetRow("one", [disc(), disc()]), SheetRow("two", [1 - disc(), disc()])]
    sheet = draw_sheet([photo, photo], rows, chosen=1)
    height, width = sheet.shape[0] // 2, sheet.shape[1] // 6
    middle = (height + 26) // 2
    first, second = sheet[:height], sheet[height:]
    assert tuple(first[middle, width // 2]) == (0, 0, 255)
    assert tuple(first[middle, width + width // 2]) == (255, 255, 255)
    assert tuple(first[middle, 2 * width + width // 2]) == (0, 0, 255)
    assert tuple(second[middle, width + width // 2]) == (0, 0, 0)
    assert tuple(second[middle, 2 * width + width // 2]) == (128, 128, 128)
    assert tuple(second[2, -2]) == (80, 200, 80)  # the proposed one is marked
    assert tuple(first[2, -2]) == (32, 32, 32)
