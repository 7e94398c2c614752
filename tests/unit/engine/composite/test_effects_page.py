"""The engine against docs/effects.md, computed line by line: every effect, alone and together."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.composite import effects_page

from selfieseg_engine.composite.background import (
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    ImageBackground,
    NoBackground,
    TransparentBackground,
)
from selfieseg_engine.composite.compose import compose_frame
from selfieseg_engine.composite.look import Look

NONE, COLOR, PICTURE = NoBackground(), ColorBackground((30, 200, 60)), ImageBackground(Path("any"))

LOOKS = {
    **{f"blur {n}": Look(BlurBackground(n)) for n in (0, 5, 25, 50, 100)},
    "none": Look(NONE),
    "color": Look(COLOR),
    "grayscale": Look(GrayscaleBackground()),
    "picture": Look(PICTURE),
    "transparent": Look(TransparentBackground()),
    "hard edge": Look(COLOR, softness=0),
    "soft edge": Look(COLOR, softness=1),
    "high threshold": Look(COLOR, threshold=0.8, softness=0.2),
    "inverted": Look(COLOR, invert=True),
    "edges as they are": Look(COLOR, refine_edges=False),
    "edges as they are, hard": Look(COLOR, refine_edges=False, softness=0.1),
    **{f"expand {n}": Look(COLOR, expand=n) for n in (-20, -1.5, 2, 11, 20)},
    "despill": Look(PICTURE, despill=1),
    "despill, transparent": Look(TransparentBackground(), despill=0.7),
    "light wrap": Look(PICTURE, light_wrap=1),
    "light wrap, blur": Look(light_wrap=0.6),
    "hair": Look(NONE, hair_strength=1),
    "light hair": Look(NONE, hair_strength=1, hair_color=(220, 240, 250)),
    "clothes": Look(NONE, clothes_strength=0.7),
    "face smooth": Look(NONE, face_smooth=1),
    "face brighten": Look(NONE, face_brighten=1),
    "skin tone": Look(NONE, skin_tone=1),
    "red skin": Look(NONE, skin_tone=1, skin_color=(20, 20, 220)),
    "split": Look(COLOR, view="split"),
    "split, transparent": Look(TransparentBackground(), view="split"),
    "matte": Look(view="matte", invert=True),
    "everything": Look(
        PICTURE,
        invert=True,
        threshold=0.4,
        softness=0.6,
        expand=5,
        light_wrap=0.3,
        despill=0.5,
        hair_strength=0.8,
        clothes_strength=0.5,
        face_smooth=0.7,
        face_brighten=0.4,
        skin_tone=0.5,
    ),
}


def scene(photo: npt.NDArray[np.uint8], size: tuple[int, int]) -> tuple[npt.NDArray[np.uint8], ...]:
    """Return frame, mask, class planes and backdrop: a person cut out of the photo by a wavy line."""
    y, x = np.mgrid[:144, :256] / np.array([144, 256])[:, None, None]
    wave = 1 + 0.2 * np.sin(9 * np.arctan2(y - 0.5, x - 0.45))
    mask = np.clip((0.45 - np.hypot((x - 0.45) * 1.4, y - 0.5) * wave) / 0.05 + 0.5, 0, 1)
    planes = np.zeros((256, 256, 4), np.uint8)
    cv2.ellipse(planes, (115, 128), (60, 60), 0, 0, 360, (0, 0, 255, 0), -1)
    cv2.rectangle(planes, (60, 30), (170, 70), (255, 0, 0, 0), -1)
    cv2.rectangle(planes, (40, 190), (190, 250), (0, 0, 0, 255), -1)
    cv2.rectangle(planes, (60, 150), (170, 192), (0, 255, 0, 0), -1)
    backdrop = cv2.resize(photo[::-1, ::-1], size, interpolation=cv2.INTER_AREA)
    frame = cv2.resize(photo, size, interpolation=cv2.INTER_LINEAR)
    soft_planes = cv2.GaussianBlur(planes, (0, 0), 3)
    return tuple(np.asarray(each, np.uint8) for each in (frame, mask * 255, soft_planes, backdrop))


@pytest.mark.parametrize("size", [(320, 180), (213, 121), (301, 211)])
@pytest.mark.parametrize("name", LOOKS)
def test_the_engine_draws_what_the_page_says(
    astronaut_bgr: npt.NDArray[np.uint8], name: str, size: tuple[int, int]
) -> None:
    frame, mask, planes, backdrop = scene(astronaut_bgr, size)
    drawn = compose_frame(frame, mask, planes, LOOKS[name], backdrop)
    wanted = effects_page.draw(frame, mask, planes, LOOKS[name], backdrop)
    difference = np.abs(drawn - wanted)
    assert difference.mean() < 0.5
    assert np.percentile(difference, 99.9) < 2.5


def test_the_classes_view_is_the_pages(astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    """Colours jump from pixel to pixel: a few may fall to the other side of a tie."""
    frame, mask, planes, backdrop = scene(astronaut_bgr, (160, 90))
    look = Look(view="classes")
    drawn = compose_frame(frame, mask, planes, look, backdrop)
    wanted = effects_page.draw(frame, mask, planes, look, backdrop)
    assert (drawn != wanted).any(axis=2).mean() < 0.001
    assert len(np.unique(drawn.reshape(-1, 4), axis=0)) == 6


def test_a_float_mask_of_the_frames_size_gives_the_same_as_bytes(
    astronaut_bgr: npt.NDArray[np.uint8],
) -> None:
    frame, mask, planes, backdrop = scene(astronaut_bgr, (256, 144))
    for look in (Look(COLOR), Look(COLOR, expand=3)):
        from_bytes = compose_frame(frame, mask, planes, look, backdrop)
        from_floats = compose_frame(frame, (mask / 255).astype(np.float32), planes, look, backdrop)
        assert np.abs(from_bytes.astype(int) - from_floats).max() <= 1
