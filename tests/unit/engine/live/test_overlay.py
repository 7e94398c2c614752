from __future__ import annotations

import numpy as np
import pytest

from selfieseg_engine.live.overlay import plate, times_line, with_lines


@pytest.mark.parametrize("level", [0, 128, 255])
def test_letters_can_be_read_on_any_picture(level: int) -> None:
    picture = np.full((720, 1280, 3), level, np.uint8)
    made = with_lines(picture, ("inference 2.0 ms", "blur 50"))
    assert (picture == level).all()  # the frame that others see has no words
    near_the_words = made[:120, :400]
    assert near_the_words.max() == 255
    assert near_the_words.min() == 0
    assert (made[120:] == level).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (7680, 20)])
def test_any_size_and_any_letters(size: tuple[int, int]) -> None:
    made = with_lines(plate(size), ("Größe ☀", ""))
    assert made.shape == (size[1], size[0], 3)


def test_times() -> None:
    assert times_line(4.0, 29.97) == "inference 4.0 ms (250 fps)   shown 30.0 fps"
    assert times_line(0.0, 0.0) == "shown 0.0 fps"
