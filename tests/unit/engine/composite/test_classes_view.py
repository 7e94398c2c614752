from __future__ import annotations

import cv2
import numpy as np
import pytest

from selfieseg_engine.composite.classes_view import (
    CLASS_COLORS_RGB,
    CLASS_NAMES,
    draw_classes,
    index_classes,
    palette_of,
)
from selfieseg_engine.composite.palette_png import encode_palette_png


def test_the_strongest_class_wins_and_others_is_what_is_left() -> None:
    cases = {
        (0, 0, 0, 0): "others",
        (100, 0, 0, 0): "others",
        (140, 0, 0, 0): "hair",
        (60, 90, 0, 0): "others",
        (60, 99, 0, 0): "body skin",
        (0, 50, 130, 0): "face skin",
        (60, 60, 60, 75): "clothes",
    }
    planes = np.array([list(cases)], np.uint8)
    person = np.full((1, len(cases)), 255, np.uint8)
    assert [CLASS_NAMES[index] for index in index_classes(planes, person)[0]] == list(cases.values())
    assert index_classes(planes, person // 2).max() == 0


def test_without_planes_a_person_is_others() -> None:
    person = np.array([[0, 127, 128, 255]], np.uint8)
    assert index_classes(None, person).tolist() == [[0, 0, 5, 5]]


def test_colours_are_drawn_blue_first() -> None:
    picture = draw_classes(np.arange(6, dtype=np.uint8)[None])
    assert [tuple(pixel[::-1]) for pixel in picture[0].tolist()] == list(CLASS_COLORS_RGB)


def test_the_models_names_get_the_same_colours() -> None:
    names = ("background", "hair", "body-skin", "face-skin", "clothes", "others")
    assert palette_of(names) == list(CLASS_COLORS_RGB)
    assert palette_of(("background", "hat")) == [CLASS_COLORS_RGB[0], CLASS_COLORS_RGB[5]]


def test_a_palette_png_reads_back_as_its_colours() -> None:
    indices = np.random.default_rng(0).integers(0, 6, (7, 11), np.uint8)
    encoded = np.frombuffer(encode_palette_png(indices, CLASS_COLORS_RGB), np.uint8)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    assert np.asarray(decoded).tolist() == draw_classes(indices).tolist()


def test_an_index_without_a_colour_is_refused() -> None:
    with pytest.raises(ValueError, match="index 6 has no colour"):
        encode_palette_png(np.array([[6]], np.uint8), CLASS_COLORS_RGB)
