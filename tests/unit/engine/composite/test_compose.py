from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine import SegmentationResult, composite
from selfieseg_engine.composite.backdrop import cover
from selfieseg_engine.composite.background import (
    ColorBackground,
    ImageBackground,
    NoBackground,
    TransparentBackground,
    VideoBackground,
    parse_background,
)
from selfieseg_engine.composite.compose import compose_frame, make_matte
from selfieseg_engine.composite.look import Look
from selfieseg_engine.errors import BackgroundError, FrameError, PictureError

HEIGHT, WIDTH = 90, 160
EVERY_OPAQUE = ("blur:1", "blur:10", "blur:50", "blur:100", "color:#123456", "grayscale", "none")


def result_of(matte: npt.NDArray[np.float32]) -> SegmentationResult:
    return SegmentationResult(matte, None, ())


@pytest.fixture
def noise_bgr() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


@pytest.fixture
def half() -> npt.NDArray[np.float32]:
    """Person on the left half, background on the right, with a soft edge of eight pixels."""
    ramp = np.clip((WIDTH / 2 + 4 - np.arange(WIDTH)) / 8, 0, 1)
    return np.tile(ramp, (HEIGHT, 1)).astype(np.float32)


@pytest.mark.parametrize("background", EVERY_OPAQUE)
def test_where_the_matte_is_one_every_pixel_is_unchanged(
    noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32], background: str
) -> None:
    before = noise_bgr.copy()
    out = composite(noise_bgr, result_of(half), background)
    assert out.dtype == np.uint8
    assert out.shape == noise_bgr.shape
    assert np.array_equal(out[half == 1], noise_bgr[half == 1])
    assert np.array_equal(noise_bgr, before)
    assert not np.shares_memory(out, noise_bgr)


@pytest.mark.parametrize("background", ["color:#123456"])
def test_where_the_matte_is_zero_only_the_background_shows(
    noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32], background: str
) -> None:
    out = composite(noise_bgr, result_of(half), background)
    assert np.unique(out[half == 0].reshape(-1, 3), axis=0).tolist() == [[0x56, 0x34, 0x12]]


def test_stronger_means_smoother(noise_bgr: npt.NDArray[np.uint8]) -> None:
    nobody = result_of(np.zeros((HEIGHT, WIDTH), np.float32))
    spread = [composite(noise_bgr, nobody, f"blur:{n}").std() for n in (0, 5, 20, 50, 100)]
    assert spread == sorted(spread, reverse=True)
    assert spread[0] == noise_bgr.std()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 2)])
def test_tiny_frames_work(size: tuple[int, int]) -> None:
    frame = np.full((*size, 3), 77, np.uint8)
    for background in EVERY_OPAQUE:
        assert composite(frame, result_of(np.zeros(size, np.float32)), background).shape == frame.shape


def test_transparent_is_straight_alpha(
    noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32]
) -> None:
    bgra = composite(noise_bgr, result_of(half), "transparent")
    assert np.array_equal(bgra[:, :, :3], noise_bgr)
    assert np.array_equal(bgra[:, :, 3], make_matte(half, noise_bgr, Look()))


def test_premultiplied_over_any_colour_is_the_true_composite(
    noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32]
) -> None:
    look = Look(TransparentBackground())
    bgra = compose_frame(noise_bgr, half, None, look, None).astype(float)
    opacity = make_matte(half, noise_bgr, look)[:, :, None] / 255
    for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255)):
        over = bgra[:, :, :3] + (1 - bgra[:, :, 3:] / 255) * colour
        true = opacity * noise_bgr + (1 - opacity) * np.array(colour)
        assert np.abs(over - true).max() <= 3


@pytest.mark.parametrize("background", EVERY_OPAQUE)
def test_composite_and_compose_frame_draw_the_same(
    noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32], background: str
) -> None:
    look = Look(parse_background(background), despill=0.5, light_wrap=0.1, expand=4)
    bgra = compose_frame(noise_bgr, half, None, look, None)
    assert (bgra[:, :, 3] == 255).all()
    assert np.array_equal(bgra[:, :, :3], composite(noise_bgr, result_of(half), look=look))


@pytest.mark.parametrize("background", [ImageBackground(Path("a")), VideoBackground(Path("b"))])
def test_a_missing_backdrop_is_dark_grey_and_never_the_room(
    noise_bgr: npt.NDArray[np.uint8],
    half: npt.NDArray[np.float32],
    background: ImageBackground | VideoBackground,
) -> None:
    drawn = compose_frame(noise_bgr, half, None, Look(background), None)
    assert np.unique(drawn[half == 0].reshape(-1, 4), axis=0).tolist() == [[32, 32, 32, 255]]


def test_inverting_swaps_person_and_background(
    noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32]
) -> None:
    look = Look(ColorBackground((1, 2, 3)), invert=True)
    out = composite(noise_bgr, result_of(half), look=look)
    assert np.array_equal(out[half == 0], noise_bgr[half == 0])
    assert np.unique(out[half == 1].reshape(-1, 3), axis=0).tolist() == [[1, 2, 3]]


def test_the_split_view_shows_the_frame_left_and_the_result_right(
    noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32]
) -> None:
    before = noise_bgr.copy()
    for background in (ColorBackground((1, 2, 3)), TransparentBackground(), NoBackground()):
        look = Look(background)
        result = composite(noise_bgr, result_of(half), look=look)
        split = composite(noise_bgr, result_of(half), look=replace(look, view="split"))
        middle = WIDTH // 2
        assert np.array_equal(split[:, :middle, :3], noise_bgr[:, :middle])
        assert np.array_equal(split[:, middle:], result[:, middle:])
        assert (split[:, :middle, 3:] == 255).all()
    assert np.array_equal(noise_bgr, before)


def test_the_matte_view_is_the_matte(noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32]) -> None:
    look = Look(TransparentBackground(), view="matte", invert=True)
    matte = make_matte(half, noise_bgr, look)
    assert np.array_equal(composite(noise_bgr, result_of(half), look=look), np.dstack([matte] * 3))
    assert matte[0, 0] == 0


def test_a_picture_covers_the_frame(
    tmp_path: Path, noise_bgr: npt.NDArray[np.uint8], half: npt.NDArray[np.float32]
) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((500, 20, 3), (9, 8, 7), np.uint8))
    out = composite(noise_bgr, result_of(half), f"image:{tmp_path / 'wall.png'}")
    assert np.unique(out[half == 0].reshape(-1, 3), axis=0).tolist() == [[9, 8, 7]]


def test_cover_cuts_around_the_middle() -> None:
    picture = np.zeros((10, 30, 3), np.uint8)
    picture[:, 10:20] = 255
    assert cover(picture, (100, 100)).min() == 255


def test_errors_are_told() -> None:
    frame = np.zeros((4, 4, 3), np.uint8)
    result = result_of(np.zeros((4, 4), np.float32))
    with pytest.raises(BackgroundError, match="video"):
        composite(frame, result, "video:x.mp4")
    with pytest.raises(PictureError, match="nowhere"):
        composite(frame, result, "image:nowhere.png")
    with pytest.raises(FrameError, match="does not fit"):
        composite(np.zeros((4, 5, 3), np.uint8), result)
    for mask, planes, backdrop, what in (
        (np.zeros((4, 4)), None, None, "mask"),
        (np.zeros((4, 4, 1), np.uint8), None, None, "mask"),
        (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.uint8), None, "class planes"),
        (np.zeros((4, 4), np.uint8), None, np.zeros((4, 5, 3), np.uint8), "background picture"),
    ):
        with pytest.raises(FrameError, match=what):
            compose_frame(frame, mask, planes, Look(), backdrop)
    with pytest.raises(FrameError, match="float64"):
        composite(np.zeros((4, 4, 3)), result)  # type: ignore[arg-type]  # the mistake under test
