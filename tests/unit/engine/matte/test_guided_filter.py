from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.matte.guided_filter import F32Image, GuidedFilter

RADIUS, EPSILON = 2, 1e-3
Array = npt.NDArray[np.float64]


def windows(image: Array, radius: int) -> Array:
    """Return every pixel's window: HxWx(2r+1)²[xC], the picture mirrored beyond its border."""
    pads = [(radius, radius), (radius, radius)] + [(0, 0)] * (image.ndim - 2)
    padded = np.pad(image, pads, mode="symmetric")
    height, width = image.shape[:2]
    side = range(2 * radius + 1)
    return np.stack([padded[y : y + height, x : x + width] for y in side for x in side], axis=2)


def slow_guided_filter(guide: Array, mask: Array, radius: int, epsilon: float) -> Array:
    """Equations 14 to 16 of the paper, pixel by pixel."""
    height, width = mask.shape
    guides, masks = windows(guide, radius), windows(mask, radius)
    a, b = np.zeros((height, width, 3)), np.zeros((height, width))
    for y, x in np.ndindex(height, width):
        colours, levels = guides[y, x], masks[y, x]
        mean = colours.mean(axis=0)
        sigma = (colours - mean).T @ (colours - mean) / len(colours)
        covariance = (colours * levels[:, None]).mean(axis=0) - mean * levels.mean()
        a[y, x] = np.linalg.solve(sigma + epsilon * np.eye(3), covariance)
        b[y, x] = levels.mean() - a[y, x] @ mean
    mean_a, mean_b = windows(a, radius).mean(axis=2), windows(b, radius).mean(axis=2)
    return np.asarray((mean_a * guide).sum(axis=2) + mean_b)


@pytest.mark.parametrize("size", [(13, 17), (1, 9), (3, 2)])
def test_it_is_the_papers(size: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    guide = random.random((*size, 3), np.float32)
    mask = random.random(size, np.float32)
    found = GuidedFilter(guide, RADIUS, EPSILON).fit(mask).over(guide)
    wanted = slow_guided_filter(guide.astype(float), mask.astype(float), RADIUS, EPSILON)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=2e-3)


@pytest.mark.parametrize("size", [(13, 17), (1, 9), (3, 2)])
def test_a_mask_over_the_guide_itself_takes_no_stretching(size: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    guide, mask = random.random((*size, 3), np.float32), random.random(size, np.float32)
    edges = GuidedFilter(guide, RADIUS, EPSILON)
    np.testing.assert_allclose(edges.filtered(mask), edges.fit(mask).over(guide), atol=1e-6)


def step(width: int, at: int, low: float, high: float) -> F32Image:
    return np.tile(np.where(np.arange(width) < at, low, high), (24, 1)).astype(np.float32)


def test_the_masks_edge_goes_to_the_guides() -> None:
    """The mask ends 3 pixels before the picture's edge: after the filter it ends there."""
    guide = np.dstack([step(48, 24, 0.2, 0.7), step(48, 24, 0.5, 0.5), step(48, 24, 0.9, 0.3)])
    mask = step(48, 21, 1, 0)
    filtered = GuidedFilter(guide, 8, 1e-4).fit(mask).over(guide)[12]
    assert (filtered[16:24] > 0.5).all()
    assert (filtered[24:32] < 0.2).all()
    assert filtered[23] - filtered[24] > 0.5, "as sharp as the picture's"


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_mask_without_an_edge_gets_none(level: float) -> None:
    guide = np.random.default_rng(2).random((20, 30, 3), np.float32)
    mask = np.full((20, 30), level, np.float32)
    np.testing.assert_allclose(GuidedFilter(guide, 4, 1e-4).fit(mask).over(guide), level, atol=1e-4)


def test_a_flat_guide_leaves_a_blur() -> None:
    """Where the picture shows nothing there is nothing to follow: the mean of means, and no division by 0."""
    guide = np.full((24, 48, 3), 0.4, np.float32)
    filtered = GuidedFilter(guide, 4, 1e-4).fit(step(48, 24, 0, 1)).over(guide)[12]
    assert (np.diff(filtered) >= -1e-5).all()
    assert filtered[14] < 0.01
    assert filtered[23] == pytest.approx(0.45, abs=0.06)
    assert filtered[33] > 0.99


def test_a_larger_guide_draws_the_same_edge_finer() -> None:
    small = np.dstack([step(48, 24, 0.2, 0.7)] * 3)
    large = np.repeat(np.repeat(small, 4, axis=0), 4, axis=1)
    fit = GuidedFilter(small, 4, 1e-4).fit(step(48, 24, 0, 1))
    filtered = fit.over(large)
    assert filtered.shape == (96, 192)
    assert filtered[48, 95] < 0.3 < 0.7 < filtered[48, 96], "at once, where a stretch has a ramp of 4 pixels"


def test_the_guides_part_serves_many_masks() -> None:
    random = np.random.default_rng(3)
    guide = random.random((20, 30, 3), np.float32)
    edges = GuidedFilter(guide, 4, 1e-4)
    masks = [random.random((20, 30), np.float32) for _ in range(2)]
    before = [edges.fit(mask).over(guide) for mask in masks]
    again = edges.fit(masks[0]).over(guide)
    assert np.array_equal(before[0], again)
    assert not np.array_equal(before[0], before[1])
