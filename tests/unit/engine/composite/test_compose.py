from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine import SegmentationResult, composite
from selfieseg_engine.composite.backdrop import cover
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


@pytest.mark.parametrize("strength", [3, 10, 25, 50, 100])
def test_the_person_does_not_bleed_into_the_blur(half: npt.NDArray[np.float32], strength: int) -> None:
    """A plain blur draws a red glow around a red person before a blue wall."""
    matte = (half > 0.5).astype(np.float32)
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame[matte == 1] = (0, 0, 255)
    frame[matte == 0] = (200, 40, 0)
    out = composite(frame, result_of(matte), f"blur:{strength}")
    assert np.abs(out[matte == 0].astype(int) - (200, 40, 0)).max() <= 1


def test_a_soft_edge_bleeds_a_fraction_of_what_a_plain_blur_does(half: npt.NDArray[np.float32]) -> None:
    """Half-covered pixels are part person themselves, so a trace is left."""
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame[:] = np.rint(half[:, :, None] * (0, 0, 255) + (1 - half[:, :, None]) * (200, 40, 0))
    out = composite(frame, result_of(half), "blur:100")
    plain = np.asarray(cv2.GaussianBlur(frame, (0, 0), 0.06 * HEIGHT))
    assert out[half == 0][:, 2].max() < plain[half == 0][:, 2].max() / 4


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
    assert np.array_equal(bgra[:, :, 3], np.rint(half * 255))


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
    with pytest.raises(FrameError, match="float64"):
        composite(np.zeros((4, 4, 3)), result)  # type: ignore[arg-type]  # the mistake under test
