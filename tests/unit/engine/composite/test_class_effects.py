"""Hair, clothes, skin and face: by hand-made cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.composite.background import NoBackground
from selfieseg_engine.composite.compose import compose_frame
from selfieseg_engine.composite.look import Look

NONE = Look(NoBackground())
EVERYBODY = np.full((36, 64), 255, np.uint8)
HAIR, BODY, FACE, CLOTHES = range(4)
VIOLET = (0xFC, 0x3F, 0x8A)
EVERY_STRENGTH = ("hair_strength", "clothes_strength", "face_smooth", "face_brighten", "skin_tone")


def planes_of(index: int) -> npt.NDArray[np.uint8]:
    planes = np.zeros((36, 64, 4), np.uint8)
    planes[:, :, index] = 255
    return planes


def draw(frame: npt.NDArray[np.uint8], index: int, **changes: float) -> npt.NDArray[np.int64]:
    look = replace(NONE, **changes)  # type: ignore[arg-type]  # only numbers are changed here
    return compose_frame(frame, EVERYBODY, planes_of(index), look, None)[:, :, :3].astype(np.int64)


def grey_ramp() -> npt.NDArray[np.uint8]:
    """Every grey from black to white, from left to right."""
    return np.ascontiguousarray(np.broadcast_to(np.arange(256, dtype=np.uint8)[None, :, None], (64, 256, 3)))


def luma(bgr: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.asarray(bgr @ (0.114, 0.587, 0.299))


@pytest.fixture
def noise() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (72, 128, 3), np.uint8)


def test_strength_0_is_the_frame_itself(noise: npt.NDArray[np.uint8]) -> None:
    planes = np.full((36, 64, 4), 255, np.uint8)
    assert np.array_equal(compose_frame(noise, EVERYBODY, planes, NONE, None)[:, :, :3], noise)


@pytest.mark.parametrize("strength", EVERY_STRENGTH)
def test_nothing_happens_without_planes_or_outside_the_class_or_the_person(
    noise: npt.NDArray[np.uint8], strength: str
) -> None:
    look = replace(NONE, **{strength: 1.0})  # type: ignore[arg-type]  # all are numbers
    everything = np.full((36, 64, 4), 255, np.uint8)
    nobody = np.zeros_like(EVERYBODY)
    assert np.array_equal(compose_frame(noise, EVERYBODY, None, look, None)[:, :, :3], noise)
    assert np.array_equal(compose_frame(noise, nobody, everything, look, None)[:, :, :3], noise)
    faint = np.full((36, 64, 4), 63, np.uint8)
    assert np.array_equal(compose_frame(noise, EVERYBODY, faint, look, None)[:, :, :3], noise)
    assert not np.array_equal(compose_frame(noise, EVERYBODY, everything, look, None)[:, :, :3], noise)


@pytest.mark.parametrize(("index", "strength"), [(HAIR, "hair_strength"), (CLOTHES, "clothes_strength")])
def test_dye_keeps_black_white_and_the_order_of_brightness(index: int, strength: str) -> None:
    dyed = draw(grey_ramp(), index, **{strength: 1.0})[0]
    assert dyed[0].tolist() == [0, 0, 0]
    assert dyed[255].tolist() == [255, 255, 255]
    assert (np.diff(luma(dyed)) >= 0).all()
    assert luma(dyed)[-1] == pytest.approx(255)


def test_dark_hair_takes_the_hue_of_the_dye() -> None:
    dark = np.full((72, 128, 3), 50, np.uint8)
    blue, green, red = draw(dark, HAIR, hair_strength=1)[30, 60]
    assert blue > red > green
    assert blue / red == pytest.approx(VIOLET[0] / VIOLET[2], rel=0.1)


def test_half_the_strength_is_half_the_way(noise: npt.NDArray[np.uint8]) -> None:
    whole, half = draw(noise, HAIR, hair_strength=1), draw(noise, HAIR, hair_strength=0.5)
    assert np.abs(half - (whole + noise) / 2).max() <= 1


def test_skin_keeps_its_brightness_and_face_and_body_are_alike() -> None:
    skin = np.full((72, 128, 3), (120, 140, 190), np.uint8)
    face, body = draw(skin, FACE, skin_tone=1), draw(skin, BODY, skin_tone=1)
    assert np.array_equal(face, body)
    assert luma(face)[0, 0] == pytest.approx(luma(skin.astype(np.int64))[0, 0], abs=1)
    assert not np.array_equal(face, skin)


def test_where_face_and_body_meet_the_weights_are_added() -> None:
    skin = np.full((72, 128, 3), (120, 140, 190), np.uint8)
    half = np.zeros((36, 64, 4), np.uint8)
    half[:, :, [BODY, FACE]] = 127
    both = compose_frame(skin, EVERYBODY, half, replace(NONE, skin_tone=1), None)[:, :, :3].astype(int)
    assert np.abs(both - draw(skin, FACE, skin_tone=1)).max() <= 1


def test_classes_in_different_places_each_get_their_own() -> None:
    grey = np.full((72, 128, 3), 100, np.uint8)
    planes = np.zeros((36, 64, 4), np.uint8)
    planes[4:12, 40:60, FACE] = 255
    planes[20:30, 5:20, BODY] = 255
    toned = compose_frame(grey, EVERYBODY, planes, replace(NONE, skin_tone=1), None)[:, :, :3]
    changed = (toned != grey).any(axis=2)
    assert changed[16, 100]
    assert changed[50, 24]
    assert not changed[40:, 60:].any()
    assert not changed[:30, :70].any()


def test_face_smoothing_keeps_a_step_and_flattens_small_noise() -> None:
    rng = np.random.default_rng(1)
    step = np.full((180, 320, 3), 90, np.uint8)
    step[:, 160:] = 190
    noisy = (step + rng.integers(-6, 7, (180, 320, 1))).astype(np.uint8)
    smooth = draw(noisy, FACE, face_smooth=1)
    assert smooth[:, :155].std() < 0.5 * noisy[:, :155].std()
    assert np.abs(smooth[:, 159] - 90).max() <= 6
    assert np.abs(smooth[:, 160] - 190).max() <= 6


def test_brightening_lifts_the_middle_and_leaves_black_and_white() -> None:
    bright = draw(grey_ramp(), FACE, face_brighten=1)[0, :, 0]
    assert bright[[0, 255]].tolist() == [0, 255]
    assert bright[128] == 160
    assert (np.diff(bright) >= 0).all()


def test_inverting_changes_the_matte_and_not_who_is_dyed(noise: npt.NDArray[np.uint8]) -> None:
    look = replace(NONE, hair_strength=1)
    planes = planes_of(HAIR)
    inverted = compose_frame(noise, EVERYBODY, planes, replace(look, invert=True), None)
    assert np.array_equal(inverted, compose_frame(noise, EVERYBODY, planes, look, None))
