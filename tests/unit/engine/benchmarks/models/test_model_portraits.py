from __future__ import annotations

import cv2
import numpy as np
import pytest

from selfieseg_engine.benchmarks.models.portraits import is_portrait
from selfieseg_engine.benchmarks.quality.u8_matte import Person


def boxes(*rectangles: tuple[int, int, int, int]) -> Person:
    """Return a person of 100x100 pixels that fills these boxes: top, left, height, width."""
    person = np.zeros((100, 100), bool)
    for top, left, height, width in rectangles:
        person[top : top + height, left : left + width] = True
    return person


@pytest.mark.parametrize(
    ("person", "portrait"),
    [
        (boxes((40, 20, 60, 60)), True),
        (boxes((10, 10, 30, 50)), True),  # 15 % of the picture
        (boxes((10, 10, 30, 49)), False),
        (boxes((0, 20, 95, 50)), True),  # 1.9 times as tall as wide
        (boxes((0, 20, 96, 50)), False),
        (boxes((40, 20, 60, 60), (0, 95, 5, 5)), True),  # a crumb beside
        (boxes((10, 0, 80, 30), (10, 60, 80, 30)), False),  # two people
        (boxes(), False),
    ],
)
def test_who_is_a_portrait(person: Person, portrait: bool) -> None:
    assert is_portrait(person) is portrait


def test_an_outline_that_touches_only_at_corners_is_one_piece() -> None:
    person = np.zeros((100, 100), np.uint8)
    cv2.rectangle(person, (10, 10), (49, 59), 1, -1)
    cv2.rectangle(person, (50, 60), (89, 99), 1, -1)
    assert is_portrait(person > 0)
