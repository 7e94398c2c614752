from __future__ import annotations

import numpy as np

from selfieseg_engine.matte.levels import person_fraction, to_u8_matte
from selfieseg_engine.matte.resize import frame_to_model_size, mask_to_matte


def test_a_matte_keeps_type_range_and_constant_areas() -> None:
    mask = np.zeros((144, 256), np.float32)
    mask[:, 128:] = 1
    matte = mask_to_matte(mask, (1280, 720))
    assert matte.shape == (720, 1280)
    assert matte.dtype == np.float32
    assert (matte.min(), matte.max()) == (0, 1)
    assert matte[:, :600].max() == 0
    assert matte[:, 680:].min() == 1


def test_a_u8_mask_becomes_a_u8_matte() -> None:
    assert mask_to_matte(np.full((4, 6), 200, np.uint8), (60, 40)).tolist() == [[200] * 60] * 40


def test_what_fits_already_is_not_copied() -> None:
    frame = np.zeros((144, 256, 3), np.uint8)
    assert frame_to_model_size(frame, (256, 144)) is frame


def test_levels_round_to_the_nearest() -> None:
    matte = np.array([[0, 0.001, 0.002, 0.5, 0.999, 1]], np.float32)
    assert to_u8_matte(matte).tolist() == [[0, 0, 1, 128, 255, 255]]


def test_person_fraction_counts_what_is_rather_person() -> None:
    assert person_fraction(np.array([[0.2, 0.6], [0.4, 1.0]], np.float32)) == 0.5
