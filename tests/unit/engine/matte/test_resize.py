from __future__ import annotations

import numpy as np

from selfieseg_engine.matte.levels import as_probability, person_fraction, to_u8_matte
from selfieseg_engine.matte.resize import stretch


def test_a_matte_keeps_type_range_and_constant_areas() -> None:
    mask = np.zeros((144, 256), np.float32)
    mask[:, 128:] = 1
    matte = stretch(mask, (1280, 720))
    assert matte.shape == (720, 1280)
    assert matte.dtype == np.float32
    assert (matte.min(), matte.max()) == (0, 1)
    assert matte[:, :600].max() == 0
    assert matte[:, 680:].min() == 1


def test_a_u8_mask_becomes_a_u8_matte() -> None:
    matte = stretch(np.full((4, 6), 200, np.uint8), (60, 40))
    assert matte.dtype == np.uint8
    assert matte.tolist() == [[200] * 60] * 40


def test_what_fits_already_is_not_copied() -> None:
    frame = np.zeros((144, 256, 3), np.uint8)
    assert stretch(frame, (256, 144)) is frame


def test_a_view_of_padded_rows_is_read_as_it_is() -> None:
    """A work frame lies in its slot with whatever the GPU padded its rows by."""
    padded = np.full((4, 8, 4), 99, np.uint8)
    padded[:, :6] = 10
    assert np.unique(stretch(padded[:, :6], (12, 8))).tolist() == [10]


def test_levels_round_to_the_nearest() -> None:
    matte = np.array([[0, 0.001, 0.002, 0.5, 0.999, 1]], np.float32)
    assert to_u8_matte(matte).tolist() == [[0, 0, 1, 128, 255, 255]]


def test_bytes_become_probabilities_and_come_back() -> None:
    levels = np.arange(256, dtype=np.uint8)[np.newaxis]
    shares = as_probability(levels)
    assert shares.dtype == np.float32
    assert (shares[0, 0], shares[0, 255]) == (0, 1)
    assert np.array_equal(to_u8_matte(shares), levels)
    assert as_probability(shares) is shares


def test_person_fraction_counts_what_is_rather_person() -> None:
    assert person_fraction(np.array([[0.2, 0.6], [0.4, 1.0]], np.float32)) == 0.5
