"""Despill and light wrap."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

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

SIZE = (640, 360)
COLOR = Look(ColorBackground((40, 40, 40)), threshold=0, softness=1)
SKIN, GREEN_WALL = (150, 170, 220), (40, 200, 60)


@pytest.fixture
def alpha() -> npt.NDArray[np.float32]:
    """A round person with an edge of some five pixels."""
    circle = np.zeros(SIZE[::-1], np.float32)
    cv2.circle(circle, (320, 180), 100, 1, -1)
    return np.asarray(cv2.GaussianBlur(circle, (0, 0), 1.5), np.float32)


@pytest.fixture
def frame(alpha: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """The person before a green wall."""
    mixed = alpha[:, :, None] * SKIN + (1 - alpha[:, :, None]) * np.array(GREEN_WALL)
    return np.asarray(np.rint(mixed), np.uint8)


def mask_for(alpha: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the mask of which threshold 0 and softness 1 make exactly this matte."""
    u = np.linspace(0, 1, 4097)
    return np.interp(alpha, u * u * (3 - 2 * u), u).astype(np.float32)


def outwards() -> npt.NDArray[np.float64]:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    return np.asarray(np.hypot(x - 320, y - 180) - 100)


@pytest.mark.parametrize("change", [{"despill": 1.0}, {"light_wrap": 1.0}])
def test_nothing_changes_far_from_the_edge(
    frame: npt.NDArray[np.uint8], alpha: npt.NDArray[np.float32], change: dict[str, float]
) -> None:
    backdrop = np.full_like(frame, (200, 220, 240))
    look = replace(COLOR, background=ImageBackground(Path("any")))
    mask = mask_for(alpha)
    before = compose_frame(frame, mask, None, look, backdrop)
    after = compose_frame(frame, mask, None, replace(look, **change), backdrop)  # type: ignore[arg-type]  # floats
    far = np.abs(outwards()) > 40
    assert np.array_equal(after[far], before[far])
    assert not np.array_equal(after, before)


def test_despill_takes_the_green_out_of_the_edge(
    frame: npt.NDArray[np.uint8], alpha: npt.NDArray[np.float32]
) -> None:
    truth = alpha[:, :, None] * SKIN + (1 - alpha[:, :, None]) * 40
    edge = (alpha > 0.3) & (alpha < 0.95)
    wrong = [
        np.abs(
            compose_frame(frame, mask_for(alpha), None, replace(COLOR, despill=strength), None)[edge][:, :3]
            - truth[edge]
        ).mean()
        for strength in (0, 0.5, 1)
    ]
    assert wrong[1] < 0.7 * wrong[0]
    assert wrong[2] < 0.4 * wrong[0]


@pytest.mark.parametrize("background", [BlurBackground(50), GrayscaleBackground(), NoBackground()])
def test_despill_leaves_the_own_room_alone(
    frame: npt.NDArray[np.uint8],
    alpha: npt.NDArray[np.float32],
    background: BlurBackground | GrayscaleBackground | NoBackground,
) -> None:
    look = Look(background)
    cleaned = compose_frame(frame, alpha, None, replace(look, despill=1), None)
    assert np.array_equal(cleaned, compose_frame(frame, alpha, None, look, None))


def test_light_wrap_brightens_the_edge_with_the_backgrounds_colour(
    frame: npt.NDArray[np.uint8], alpha: npt.NDArray[np.float32]
) -> None:
    look = Look(ColorBackground((255, 0, 0)))
    plain = compose_frame(frame, alpha, None, look, None).astype(int)
    lit = compose_frame(frame, alpha, None, replace(look, light_wrap=0.5), None).astype(int)
    edge = (outwards() > -5) & (outwards() < 0)
    gain = (lit - plain)[edge][:, :3].mean(axis=0)
    assert gain[0] > 5
    assert gain[1:].max() < 1
    assert (lit >= plain).all()


@pytest.mark.parametrize("background", [TransparentBackground(), NoBackground()])
def test_where_no_background_is_drawn_no_light_comes_from_it(
    frame: npt.NDArray[np.uint8],
    alpha: npt.NDArray[np.float32],
    background: TransparentBackground | NoBackground,
) -> None:
    look = Look(background)
    lit = compose_frame(frame, alpha, None, replace(look, light_wrap=1), None)
    assert np.array_equal(lit, compose_frame(frame, alpha, None, look, None))


@pytest.mark.parametrize("opacity", [0, 1])
@pytest.mark.parametrize("change", [{"despill": 1.0}, {"light_wrap": 1.0}, {"expand": 5.0}])
def test_nobody_and_everybody_have_no_edge(
    frame: npt.NDArray[np.uint8], opacity: int, change: dict[str, float]
) -> None:
    mask = np.full((144, 256), opacity, np.float32)
    drawn = compose_frame(frame, mask, None, replace(COLOR, **change), None)  # type: ignore[arg-type]  # floats
    wanted = frame if opacity else np.full_like(frame, 40)
    assert np.array_equal(drawn[:, :, :3], wanted)
