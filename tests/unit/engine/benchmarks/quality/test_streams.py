"""Metrics of streams of mattes: known trembling, known delays, known shifts, known ghosts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from tests.unit.engine.benchmarks.quality.shapes import CENTRE, RADIUS, SHAPE, disc

from selfieseg_engine.benchmarks.quality.alignment_frames import LagSearch, half_size
from selfieseg_engine.benchmarks.quality.alignment_pixels import (
    TrueEdge,
    depth_of,
    edge_offset,
    find_true_edge,
)
from selfieseg_engine.benchmarks.quality.ghost import WINDOW_FRAMES, GhostWatch
from selfieseg_engine.benchmarks.quality.temporal import (
    change_between,
    dtssd,
    edge_band,
    flicker,
    instability,
)
from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte, person_of

BLACK = np.zeros(SHAPE, np.uint8)


def grey(level: int) -> U8Matte:
    return np.full(SHAPE, level, np.uint8)


def moving(count: int = 24) -> list[U8Matte]:
    """Return a disc that goes to and fro, three pixels a frame at the most."""
    return [disc(CENTRE[0] + 24 * np.sin(index / 8), CENTRE[1]) for index in range(count)]


def test_steady_error_is_no_incoherence() -> None:
    """The truth changes by 20 levels, and so does a matte that is wrong by 50."""
    change = change_between(grey(60), grey(80))
    assert (change == 20).all()
    true = change_between(grey(10), grey(30))
    assert dtssd(change, true) == instability(change, true) == 0


def test_dtssd_squares_and_instability_does_not() -> None:
    half = BLACK.copy()
    half[: SHAPE[0] // 2] = 51
    change, still = change_between(BLACK, half), change_between(BLACK, BLACK)
    assert instability(change, still) == pytest.approx(100 * 0.2 / 2)
    assert dtssd(change, still) == pytest.approx(100 * 0.2 / 2**0.5)
    # The other way round it is as bad: what the matte misses of a true change.
    assert dtssd(still, change) == pytest.approx(100 * 0.2 / 2**0.5)


def test_changes_in_opposite_directions_do_not_overflow() -> None:
    up, down = change_between(grey(0), grey(255)), change_between(grey(255), grey(0))
    assert dtssd(up, down) == pytest.approx(200)
    assert instability(up, down) == pytest.approx(200)


def test_the_band_is_twenty_pixels_wide_on_the_edge() -> None:
    person = np.zeros((60, 100), bool)
    person[:, 50:] = True
    assert np.flatnonzero(edge_band(person)[30]).tolist() == list(range(40, 60))
    assert not edge_band(np.zeros((60, 100), bool)).any()


def test_flicker_counts_only_the_band() -> None:
    person = np.zeros((60, 100), bool)
    person[:, 50:] = True
    band = edge_band(person)
    before = np.zeros((60, 100), np.uint8)
    after = before.copy()
    after[:, 45:55] = 51  # half of the band, by a fifth
    after[:, :20] = 255  # elsewhere
    assert flicker(before, after, band) == pytest.approx(100 * 0.2 / 2)
    assert flicker(after, after, band) == 0
    assert flicker(before, after, np.zeros_like(band)) is None


@pytest.mark.parametrize("lag", [-2, -1, 0, 1, 3])
def test_a_delay_is_found_for_the_sequence_and_for_each_frame(lag: int) -> None:
    truths = moving()
    search = LagSearch()
    for index, true in enumerate(truths):
        shown = truths[min(max(index - lag, 0), len(truths) - 1)]
        search.add(half_size(shown), half_size(true))
    assert search.of_sequence() == lag
    lags = search.of_frames()
    inner = slice(max(lag, 0), len(lags) + min(lag, 0))  # elsewhere the stream does not tell
    assert set(lags[inner]) == {lag}


def test_a_larger_mistake_does_not_hide_a_delay() -> None:
    """A hand is missed in every frame; the rest comes one frame late."""
    truths = moving()
    search = LagSearch()
    for index, true in enumerate(truths):
        shown = truths[max(index - 1, 0)].copy()
        shown[: round(CENTRE[1] - 40)] = 0
        search.add(half_size(shown), half_size(true))
    assert search.of_sequence() == 1


def test_what_stands_still_is_not_late() -> None:
    search = LagSearch()
    for _ in range(8):
        search.add(half_size(disc(162)), half_size(disc()))
    assert search.of_sequence() == 0
    assert search.of_frames() == [0] * 8
    assert LagSearch().of_sequence() == 0


def test_depth_is_measured_from_between_the_pixels() -> None:
    person = np.zeros((9, 20), bool)
    person[:, 10:] = True
    assert depth_of(person)[4, 8:12].tolist() == [-1.5, -0.5, 0.5, 1.5]


@pytest.mark.parametrize(
    "shift", [(0.0, 0.0), (3.0, 0.0), (0.5, 0.0), (0.0, -2.25), (6.0, 4.0), (-12.0, 5.0)]
)
def test_a_shift_is_measured_to_a_part_of_a_pixel(shift: tuple[float, float]) -> None:
    found = edge_offset(person_of(disc(CENTRE[0] + shift[0], CENTRE[1] + shift[1])), true_edge())
    assert found is not None
    assert found.shift == pytest.approx(shift, abs=0.15 + 0.03 * np.hypot(*shift))
    assert found.shift_length == pytest.approx(np.hypot(*shift), abs=0.2 + 0.04 * np.hypot(*shift))
    # A disc moved by d has its edge |d · cos| farther out, 2/π of d in the mean.
    assert found.distance == pytest.approx(2 / np.pi * np.hypot(*shift), abs=0.35)


@pytest.mark.parametrize("growth", [-4.0, 2.0, 5.5])
def test_growth_is_no_shift(growth: float) -> None:
    found = edge_offset(person_of(disc(radius=RADIUS + growth)), true_edge())
    assert found is not None
    assert found.growth == pytest.approx(growth, abs=0.3)
    assert found.shift_length < 0.2
    assert found.distance == pytest.approx(abs(growth), abs=0.3)


def test_a_missing_piece_hardly_moves_the_rest() -> None:
    found = disc(CENTRE[0] + 3)
    found[:60] = 0
    offset = edge_offset(person_of(found), true_edge())
    assert offset is not None
    assert offset.shift == pytest.approx((3, 0), abs=1)


def test_where_there_is_no_edge_nothing_is_said() -> None:
    nobody, everybody = np.zeros(SHAPE, bool), np.ones(SHAPE, bool)
    assert edge_offset(nobody, true_edge()) is None
    assert edge_offset(everybody, true_edge()) is None
    assert edge_offset(person_of(disc()), find_true_edge(nobody)) is None
    assert edge_offset(person_of(disc(20, 20, 10)), true_edge()) is None, "somebody else"


def test_a_ghost_is_counted_until_it_has_gone() -> None:
    """The cut comes at frame 3; the earlier person fades by half a frame."""
    left, right = disc(80), disc(240)
    opacities = [0.5, 0.25, 0.125, 0.0625, 0.03, 0.0]
    assert ghost_length([left] * 3, [right] * 6, [scaled(left, o) for o in opacities]) == 4


def test_what_comes_up_later_is_no_ghost() -> None:
    """Models saw somebody in a chair, for a frame, half a second after the cut: 30 frames were counted."""
    left, right = disc(80), disc(240)
    opacities = [0.5, 0.0, 0.5, 0.5]
    assert ghost_length([left] * 3, [right] * 4, [scaled(left, o) for o in opacities]) == 1


def test_what_the_model_itself_sees_is_no_ghost() -> None:
    left, right = disc(80), disc(240)
    ghosts = [scaled(left, 0.5)] * 4
    assert ghost_length([left] * 3, [right] * 4, ghosts) == 4
    assert ghost_length([left] * 3, [right] * 4, ghosts, raw=ghosts) == 0


def test_somebody_who_is_still_there_is_no_ghost() -> None:
    assert ghost_length([disc()] * 3, [disc()] * 4, [BLACK] * 4) == 0


def test_a_ghost_is_watched_for_a_second_only() -> None:
    left, right = disc(80), disc(240)
    many = WINDOW_FRAMES + 5
    assert ghost_length([left] * 3, [right] * many, [scaled(left, 0.5)] * many) == WINDOW_FRAMES


def ghost_length(
    before: Sequence[U8Matte],
    after: Sequence[U8Matte],
    ghosts: Sequence[U8Matte],
    raw: Sequence[U8Matte] | None = None,
) -> int:
    watch = GhostWatch([len(before)])
    for true in before:
        watch.add(true, true, true)
    for index, (true, ghost) in enumerate(zip(after, ghosts, strict=True)):
        watch.add(np.maximum(true, ghost), true, true if raw is None else np.maximum(true, raw[index]))
    return watch.longest()


def scaled(u8_matte: U8Matte, opacity: float) -> U8Matte:
    return np.asarray(np.rint(u8_matte * opacity), np.uint8)


def true_edge() -> TrueEdge:
    return find_true_edge(person_of(disc()))
