from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from selfieseg_engine.composite.background import Background, ColorBackground, TransparentBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.live.backdrops import BackdropShelf
from selfieseg_engine.live.drawing import chequerboard, draw_live
from selfieseg_engine.live.items import LiveFrame
from selfieseg_engine.result import SegmentationResult

FRAME = LiveFrame(np.full((40, 64, 3), 200, np.uint8), 0.0, 0.0)


def result() -> SegmentationResult:
    """Return a person in the left half."""
    matte = np.zeros((40, 64), np.float32)
    matte[:, :32] = 1
    return SegmentationResult(matte, None, ())


@pytest.fixture
def shelf() -> Iterator[BackdropShelf]:
    made = BackdropShelf((), (64, 40), lambda error: None)
    yield made
    made.close()


def draw(background: Background, view: str, shelf: BackdropShelf) -> np.ndarray:
    return draw_live(FRAME, result(), Look(background, view=view), shelf)  # type: ignore[arg-type]


def test_person_before_a_colour(shelf: BackdropShelf) -> None:
    made = draw(ColorBackground((10, 20, 30)), "result", shelf)
    assert (made[:, :32] == 200).all()
    assert (made[:, 32:] == (10, 20, 30)).all()


def test_what_is_transparent_shows_a_chequerboard(shelf: BackdropShelf) -> None:
    made = draw(TransparentBackground(), "result", shelf)
    assert made.shape == (40, 64, 3)
    assert (made[:, :32] == 200).all()
    assert (made[:, 32:] == chequerboard((64, 40))[:, 32:]).all()
    assert set(np.unique(made[:, 32:])) == {102, 153}


def test_the_mask_of_a_transparent_picture_is_opaque(shelf: BackdropShelf) -> None:
    made = draw(TransparentBackground(), "matte", shelf)
    assert (made[:, :32] == 255).all()
    assert (made[:, 32:] == 0).all()
