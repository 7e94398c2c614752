from __future__ import annotations

from fractions import Fraction

from selfieseg_engine.recording.clock import FrameClock
from selfieseg_engine.recording.parcels import Timing

_TICK = Fraction(1, 90000)


def test_times_stay_as_they_are() -> None:
    clock = FrameClock(_TICK, Fraction(30), Fraction(0))
    assert clock.timing(-300, 3000) == Timing(-300, 3000, -300 / 90000)
    assert clock.timing(2701, None) == Timing(2701, 0, 2701 / 90000)


def test_a_missing_time_is_a_frame_after_the_last_one() -> None:
    clock = FrameClock(_TICK, Fraction(30), Fraction(0))
    assert [clock.timing(pts, 0).pts for pts in (None, None, 10000, None)] == [0, 3000, 10000, 13000]


def test_times_that_do_not_grow_are_moved_by_ticks_so_that_no_frame_is_lost() -> None:
    clock = FrameClock(_TICK, Fraction(30), Fraction(0))
    assert [clock.timing(pts, 0).pts for pts in (100, 100, 50, 103)] == [100, 101, 102, 103]


def test_a_broadcast_begins_at_zero() -> None:
    clock = FrameClock(_TICK, None, Fraction(14, 10))
    assert clock.timing(126000, 0).pts == 0
