"""The 16-bit composite: the same picture as the 8-bit one, with all bits where they are the picture's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.composite.background import parse_background
from selfieseg_engine.composite.compose import composite
from selfieseg_engine.composite.deep import composite_deep
from selfieseg_engine.composite.look import Look, View
from selfieseg_engine.errors import BackgroundError
from selfieseg_engine.result import SegmentationResult
from selfieseg_engine.stills.still import as_u8

HEIGHT, WIDTH = 60, 80


@pytest.fixture
def deep() -> npt.NDArray[np.uint16]:
    smooth = cv2.GaussianBlur(
        np.random.default_rng(5).integers(0, 65536, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 4
    )
    smooth = np.asarray(smooth, np.float32)
    return np.asarray((smooth - smooth.min()) / np.ptp(smooth) * 65535, np.uint16)


@pytest.fixture
def result() -> SegmentationResult:
    rise = np.clip((np.arange(WIDTH) - 30) / 20, 0, 1).astype(np.float32)
    planes = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    planes[:20, :, 0] = 255
    return SegmentationResult(np.tile(rise, (HEIGHT, 1)), None, (), planes)


LOOKS = {
    **{
        text: Look(parse_background(text))
        for text in ("blur:60", "color:#102030", "grayscale", "transparent")
    },
    "wrap": Look(parse_background("color:#FFFFFF"), light_wrap=1.0),
    "despill": Look(parse_background("transparent"), despill=1.0),
    "invert": Look(parse_background("blur:20"), invert=True),
    "hair": Look(parse_background("none"), hair_strength=1.0),
}


@pytest.mark.parametrize("view", ["result", "split", "matte", "classes"])
@pytest.mark.parametrize("name", LOOKS)
def test_it_is_the_8_bit_picture_with_more_bits(
    name: str, view: View, deep: npt.NDArray[np.uint16], result: SegmentationResult
) -> None:
    look = replace(LOOKS[name], view=view)
    before, frame = deep.copy(), as_u8(deep)
    drawn = composite_deep(deep, frame, result, look)
    wanted = composite(frame, result, look=look)
    assert drawn.dtype == np.uint16
    assert drawn.shape == wanted.shape
    assert np.abs(drawn / 257 - wanted).max() <= 2
    assert np.array_equal(deep, before)


@pytest.mark.parametrize("background", ["blur:60", "color:#102030", "grayscale", "transparent", "none"])
def test_the_person_keeps_every_bit(
    background: str, deep: npt.NDArray[np.uint16], result: SegmentationResult
) -> None:
    look = Look(parse_background(background))
    drawn = composite_deep(deep, as_u8(deep), result, look)
    whole = result.matte == 1
    assert np.array_equal(drawn[whole][:, :3], deep[whole])


def test_blurred_and_grey_rooms_have_more_than_8_bits(
    deep: npt.NDArray[np.uint16], result: SegmentationResult
) -> None:
    for background in ("blur:30", "grayscale"):
        drawn = composite_deep(deep, as_u8(deep), result, Look(parse_background(background)))
        assert (drawn[result.matte == 0] % 257 != 0).mean() > 0.9


def test_a_picture_may_lie_behind_a_video_not(
    deep: npt.NDArray[np.uint16], result: SegmentationResult, tmp_path: Path
) -> None:
    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((HEIGHT, WIDTH, 3), 77, np.uint8))
    drawn = composite_deep(deep, as_u8(deep), result, Look(parse_background(f"image:{wall}")))
    assert (drawn[result.matte == 0] == 77 * 257).all()
    with pytest.raises(BackgroundError, match="does not move"):
        composite_deep(deep, as_u8(deep), result, Look(parse_background("video:x.mp4")))
