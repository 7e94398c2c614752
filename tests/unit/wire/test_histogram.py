from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_wire.histogram import BUCKETS_PER_OCTAVE, percentile_bucket, percentile_ms
from selfieseg_wire.structs import HISTOGRAM_BUCKETS


def counts_of(values_us: list[float]) -> list[int]:
    """Count as the Lua half does."""
    counts = [0] * HISTOGRAM_BUCKETS
    for value in values_us:
        bucket = int(math.log2(max(value, 1)) * BUCKETS_PER_OCTAVE)
        counts[min(bucket, HISTOGRAM_BUCKETS - 1)] += 1
    return counts


# Where the last bucket begins: what is above is only known to be above.
REACH_US = 2 ** ((HISTOGRAM_BUCKETS - 1) / BUCKETS_PER_OCTAVE)


def test_empty_is_zero() -> None:
    assert percentile_ms([0] * HISTOGRAM_BUCKETS, 0.5) == 0.0


def test_the_bucket_itself_is_told() -> None:
    """Where a bucket is a number of frames."""
    assert percentile_bucket([0] * 16, 0.5) == 0
    assert percentile_bucket([0, 0, 7, 3, *[0] * 12], 0.5) == 2
    assert percentile_bucket([0, 0, 7, 3, *[0] * 12], 0.9) == 3
    assert percentile_bucket([*[0] * 15, 1], 0.5) == 15


def test_known_values() -> None:
    counts = counts_of([1000.0] * 98 + [16000.0] * 2)
    assert percentile_ms(counts, 0.5) == pytest.approx(1.0, rel=0.1)
    assert percentile_ms(counts, 0.98) == pytest.approx(1.0, rel=0.1)
    assert percentile_ms(counts, 0.99) == pytest.approx(16.0, rel=0.1)
    assert percentile_ms(counts, 1.0) == pytest.approx(16.0, rel=0.1)


def test_fraction_zero_is_the_smallest_value() -> None:
    assert percentile_ms(counts_of([500.0, 9000.0]), 0.0) == pytest.approx(0.5, rel=0.1)


@given(
    st.lists(st.floats(2, REACH_US), min_size=1, max_size=200), st.sampled_from([0.05, 0.5, 0.95, 0.99, 1.0])
)
def test_is_within_a_bucket_of_the_true_percentile(values_us: list[float], fraction: float) -> None:
    true_us = sorted(values_us)[max(0, math.ceil(fraction * len(values_us)) - 1)]
    assert percentile_ms(counts_of(values_us), fraction) == pytest.approx(true_us / 1000, rel=0.1, abs=1e-3)


def test_a_matte_age_of_three_frames_is_told() -> None:
    """At 30 frames/s a matte is two to three frames old: 67 to 100 ms. The scale once ended at 65."""
    assert percentile_ms(counts_of([100_000.0]), 0.5) == pytest.approx(100.0, rel=0.2)
