"""Metrics of one matte, on discs whose scores can be worked out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.unit.engine.benchmarks.quality.shapes import RADIUS, SHAPE, disc

from selfieseg_engine.benchmarks.quality.boundary import boundary_f, find_boundary, find_outline
from selfieseg_engine.benchmarks.quality.matte_error import (
    gradient_error,
    gradient_magnitude,
    mean_absolute_difference,
    sum_of_absolute_differences,
)
from selfieseg_engine.benchmarks.quality.overlap import person_iou
from selfieseg_engine.benchmarks.quality.u8_matte import at_size_of, person_of, quantised

NOBODY = np.zeros(SHAPE, bool)


def test_a_matte_is_rounded_not_cut_off() -> None:
    levels = np.array([[0.0, 0.4 / 255, 0.6 / 255, 254.6 / 255, 1.0]], np.float32)
    assert quantised(levels).tolist() == [[0, 0, 1, 255, 255]]
    assert person_of(np.array([[127, 128]], np.uint8)).tolist() == [[False, True]]


def test_another_size_is_stretched_to_the_truths() -> None:
    small = np.asarray(disc()[::2, ::2])
    assert at_size_of(small, disc()).shape == SHAPE
    assert at_size_of(disc(), disc(10)) is not None
    same = disc()
    assert at_size_of(same, disc(10)) is same


def test_iou_of_two_halves() -> None:
    left, middle = np.zeros((10, 30), bool), np.zeros((10, 30), bool)
    left[:, :20], middle[:, 10:] = True, True
    assert person_iou(left, middle) == pytest.approx(1 / 3)
    assert person_iou(left, left) == 1
    assert person_iou(left, ~left) == 0


def test_iou_counts_only_what_counts() -> None:
    left, middle, counted = np.zeros((10, 30), bool), np.zeros((10, 30), bool), np.ones((10, 30), bool)
    left[:, :20], middle[:, 10:] = True, True
    counted[:, :10] = False  # 100 of the 200 wrong pixels
    assert person_iou(left, middle, counted) == pytest.approx(1 / 2)
    assert person_iou(left, middle, np.zeros_like(counted)) == 1


def test_nobody_found_where_nobody_is() -> None:
    assert person_iou(NOBODY, NOBODY) == 1
    assert boundary_f(find_boundary(NOBODY), find_boundary(NOBODY)) == 1
    someone = find_boundary(person_of(disc()))
    assert boundary_f(find_boundary(NOBODY), someone) == boundary_f(someone, find_boundary(NOBODY)) == 0


def test_the_outline_is_the_inner_one_and_the_border_of_the_frame_is_none() -> None:
    person = np.zeros((8, 9), bool)
    person[3:, 2:7] = True  # goes on below the frame
    outline = find_outline(person)
    inside = person.copy()
    inside[3], inside[:, 2], inside[:, 6] = False, False, False
    assert np.array_equal(outline, person & ~inside)


def test_boundary_f_forgives_its_tolerance_and_no_more() -> None:
    # Of 180 x 320 the tolerance is 0.0075 · 367 = 2.75, rounded 3 px.
    true = find_boundary(person_of(disc()))
    assert boundary_f(find_boundary(person_of(disc(radius=RADIUS + 2))), true) == 1
    assert boundary_f(find_boundary(person_of(disc(radius=RADIUS + 6))), true) == 0


def test_boundary_f_is_the_harmonic_mean_of_precision_and_recall() -> None:
    """A second disc of the same size that is not there: half of what is found is right, all is found."""
    shape = (300, 600)
    one = person_of(disc(100, 100, 40, shape))
    both = one | person_of(disc(400, 100, 40, shape))
    assert boundary_f(find_boundary(both), find_boundary(one)) == pytest.approx(2 * 0.5 / 1.5)
    assert boundary_f(find_boundary(one), find_boundary(both)) == pytest.approx(2 * 0.5 / 1.5)


def test_mad_and_sad() -> None:
    true = np.zeros((100, 100), np.uint8)
    found = true.copy()
    found[:50] = 51  # a fifth, on one half
    assert mean_absolute_difference(found, true) == pytest.approx(0.1)
    assert sum_of_absolute_differences(found, true) == pytest.approx(1.0)
    lower = np.zeros((100, 100), bool)
    lower[40:60] = True
    assert mean_absolute_difference(found, true, lower) == pytest.approx(0.1)
    assert sum_of_absolute_differences(found, true, lower) == pytest.approx(0.2)
    assert mean_absolute_difference(found, true, np.zeros_like(lower)) == 0


def test_the_gradient_of_a_ramp_is_its_slope_times_the_kernels_gain() -> None:
    """A Gaussian derivative of unit energy has, on a ramp, the gain Σ x·d(x) · Σ g(y)."""
    sigma, half = 1.4, 4
    x = np.arange(-half, half + 1)
    gauss = np.exp(-(x**2) / (2 * sigma**2))
    gain = (x * x * gauss).sum() / np.linalg.norm(x * gauss) * gauss.sum() / np.linalg.norm(gauss)
    ramp = np.tile(np.arange(0, 250, 5, dtype=np.uint8), (40, 1))
    for picture in (ramp, ramp.T.copy()):
        assert gradient_magnitude(picture)[20, 20] == pytest.approx(5 / 255 * gain, rel=1e-4)
    assert gradient_magnitude(np.full((20, 20), 200, np.uint8)).max() == pytest.approx(0, abs=1e-5)


def test_the_gradient_error_of_a_missing_edge_is_the_edges_energy() -> None:
    """For a step in one direction, |∇α| across the step is h · g summed: here summed by hand."""
    sigma, half, rows = 1.4, 4, 30
    x = np.arange(-half, half + 1)
    gauss = np.exp(-(x**2) / (2 * sigma**2))
    derive = x * gauss / np.linalg.norm(x * gauss)
    step = np.zeros((rows, 40), np.uint8)
    step[:, 20:] = 255
    response = [
        sum(derive[index] for index in range(len(x)) if column + x[index] >= 20) for column in range(40)
    ]
    energy = rows * sum(value**2 for value in response) * (gauss.sum() / np.linalg.norm(gauss)) ** 2
    nothing = np.zeros_like(step)
    error = gradient_error(gradient_magnitude(nothing), gradient_magnitude(step))
    assert error == pytest.approx(energy / 1000, rel=1e-4)
    # OpenCV's sums differ in their last bit with where the array lies.
    assert gradient_error(gradient_magnitude(step), gradient_magnitude(step)) == pytest.approx(0, abs=1e-9)
    far_from_it = np.zeros(step.shape, bool)
    far_from_it[:, :10] = True
    assert gradient_error(
        gradient_magnitude(nothing), gradient_magnitude(step), far_from_it
    ) == pytest.approx(0, abs=1e-9)


def test_a_softer_edge_has_more_gradient_error() -> None:
    true = gradient_magnitude(disc())
    soft = np.asarray(np.clip((disc(radius=54).astype(int) + disc(radius=46)) // 2, 0, 255), np.uint8)
    small_miss = gradient_error(gradient_magnitude(disc(160.5)), true)
    assert 0 < small_miss < gradient_error(gradient_magnitude(soft), true)
    assert not math.isnan(small_miss)
