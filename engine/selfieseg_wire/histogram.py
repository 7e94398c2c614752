"""Percentiles of the logarithmic histograms in the bridge: counting costs the render thread one addition.

Bucket ``i`` counts values in [2**(i/6), 2**((i+1)/6)) microseconds, bucket 0 everything below, the last
one everything above: 128 buckets reach from 1 µs to 2.6 s with steps of 12 %.
"""

from __future__ import annotations

from collections.abc import Sequence

BUCKETS_PER_OCTAVE = 6


def percentile_bucket(counts: Sequence[int], fraction: float) -> int:
    """Return the number of the bucket in which ``fraction`` (0…1) of the counts is reached; 0 if empty."""
    wanted = fraction * sum(counts)
    seen = 0
    for bucket, count in enumerate(counts):
        seen += count
        if seen >= wanted and count:
            return bucket
    return 0


def percentile_ms(counts: Sequence[int], fraction: float) -> float:
    """Return the value below which ``fraction`` (0…1) of the counts lie, in milliseconds; 0 if empty."""
    if not any(counts):
        return 0.0
    middle_us: float = 2 ** ((percentile_bucket(counts, fraction) + 0.5) / BUCKETS_PER_OCTAVE)
    return round(middle_us / 1000, 4)
