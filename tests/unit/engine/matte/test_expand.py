from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.expand import expand_mask, grid_size

SIZE = (1920, 1080)


def half_plane() -> npt.NDArray[np.uint8]:
    """Person on the left half; a soft edge of eight grid pixels tells tenths of a pixel."""
    ramp = np.clip((320 + 4 - np.arange(640) - 0.5) / 8, 0, 1)
    return np.rint(np.tile(ramp, (360, 1)) * 255).astype(np.uint8)


def edge_of(row: npt.NDArray[np.uint8]) -> float:
    """Return where a falling row passes one half, in grid pixels."""
    return float(np.sum(row / 255.0))


@pytest.mark.parametrize("expand", [-20, -9, -3, -1, 1, 3, 9, 20])
def test_a_half_plane_moves_by_the_right_number_of_pixels(expand: float) -> None:
    mask = half_plane()
    moved = edge_of(expand_mask(mask, SIZE, expand)[180]) - edge_of(mask[180])
    assert moved * 3 == pytest.approx(expand, rel=0.06, abs=0.2)


@pytest.mark.parametrize("expand", [-20, 20])
def test_a_disc_stays_round(expand: float) -> None:
    disc = np.zeros((360, 640), np.uint8)
    cv2.circle(disc, (320, 180), 80, 255, -1)
    grown = expand_mask(disc, SIZE, expand)
    y, x = np.nonzero(grown > 127)
    angles = np.linspace(0, np.pi, 16, endpoint=False)
    widths = [np.ptp(x * np.cos(angle) + y * np.sin(angle)) for angle in angles]
    assert np.mean(widths) == pytest.approx(160 + 2 * expand / 3, abs=2)
    assert np.ptp(widths) < 2.5


def test_at_0_it_is_the_mask_itself() -> None:
    mask = half_plane()
    assert expand_mask(mask, SIZE, 0) is mask


@pytest.mark.parametrize("value", [0, 255])
def test_what_is_all_one_value_stays(value: int) -> None:
    for expand in (-20, 20):
        assert np.unique(expand_mask(np.full((144, 256), value, np.uint8), SIZE, expand)).tolist() == [value]


@pytest.mark.parametrize(
    ("size", "grid"), [((1920, 1080), (640, 360)), ((100, 50), (100, 50)), ((1, 4000), (1, 360))]
)
def test_the_grid_has_360_rows_at_most(size: tuple[int, int], grid: tuple[int, int]) -> None:
    assert grid_size(size) == grid
    assert expand_mask(np.zeros((4, 4), np.float32), size, 5).shape == grid[::-1]
