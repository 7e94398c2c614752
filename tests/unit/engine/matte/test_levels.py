from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from selfieseg_engine.matte.levels import apply_levels

RAMP = np.tile(np.arange(256, dtype=np.uint8), (4, 1))


@pytest.mark.parametrize(("threshold", "softness"), list(product((0, 0.3, 0.5, 1), (0, 0.2, 1))))
def test_0_stays_0_and_1_stays_1_and_more_mask_is_never_less_matte(threshold: float, softness: float) -> None:
    matte = apply_levels(RAMP, (256, 4), threshold, softness)
    assert matte.dtype == np.uint8
    assert (matte[0, 0], matte[0, 255]) == (0, 255)
    assert (np.diff(matte[0].astype(int)) >= 0).all()


def test_threshold_one_half_keeps_the_edge_where_it_was() -> None:
    for softness in (0.1, 0.5, 1):
        matte = apply_levels(RAMP, (256, 4), 0.5, softness)[0]
        assert matte[127] < 128 <= matte[128]


def test_a_higher_threshold_leaves_less_person_and_softness_widens_the_edge() -> None:
    persons = [int((apply_levels(RAMP, (256, 4), t, 0.3)[0] > 127).sum()) for t in (0.2, 0.5, 0.8)]
    assert persons == sorted(persons, reverse=True)
    assert len(set(persons)) == 3
    widths = [
        int(((m := apply_levels(RAMP, (256, 4), 0.5, s)[0]) > 0).sum() - (m == 255).sum())
        for s in (0, 0.3, 1)
    ]
    assert widths[0] <= 1 < widths[1] < widths[2]


def test_bytes_and_floats_give_the_same() -> None:
    floats = (RAMP / np.float32(255)).astype(np.float32)
    assert np.array_equal(
        apply_levels(RAMP, (640, 360), 0.5, 0.5), apply_levels(floats, (640, 360), 0.5, 0.5)
    )


def test_the_edge_is_as_fine_as_the_frame_however_coarse_the_mask() -> None:
    """A mask rounded to bytes after stretching would make steps of several pixels."""
    mask = np.tile(np.array([0, 16], np.uint8), (2, 1))
    matte = apply_levels(mask, (1280, 2), 8 / 255, 0)[0].astype(int)
    edge = matte[(matte > 0) & (matte < 255)]
    assert len(edge) > 30
    assert np.diff(edge).max() < 16
