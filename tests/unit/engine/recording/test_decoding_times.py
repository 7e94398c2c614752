"""When encoded frames are to be decoded."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from selfieseg_engine.recording.decoding_times import decoding_times


def test_frames_in_order_are_decoded_when_they_are_shown() -> None:
    assert decoding_times([5, 7, 12]) == [5, 7, 12]
    assert decoding_times([]) == []


def test_reordered_ones_as_x264_has_it() -> None:
    # What libx264 gives for 8 frames of 512 ticks, with two frames of reordering.
    shown = [0, 2048, 1024, 512, 1536, 3584, 2560, 3072]
    assert decoding_times(shown) == [-1024, -512, 0, 512, 1024, 1536, 2048, 2560]


@given(st.permutations(range(12)), st.lists(st.integers(1, 900), min_size=12, max_size=12))
def test_they_grow_and_none_is_late(order: list[int], gaps: list[int]) -> None:
    times = [sum(gaps[: index + 1]) for index in range(12)]
    shown = [times[index] for index in order]
    stored = decoding_times(shown)
    assert all(before < after for before, after in pairwise(stored))
    assert all(dts <= pts for dts, pts in zip(stored, shown, strict=True))
