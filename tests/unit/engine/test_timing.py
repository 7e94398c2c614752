from __future__ import annotations

import pytest

from selfieseg_engine.timing import Durations, Rate


def test_a_steady_stream_reads_its_rate() -> None:
    rate = Rate()
    for number in range(300):
        rate.count(number / 30)
    assert rate.per_second(299 / 30) == pytest.approx(30.0)
    assert rate.per_second(299 / 30 + 0.03) == pytest.approx(30.0)


def test_a_stream_that_has_just_begun_is_not_too_low() -> None:
    rate = Rate()
    for number in range(7):
        rate.count(number / 30)
    assert rate.per_second(0.2) == pytest.approx(30.0)


def test_a_stream_that_stops_sinks_to_zero() -> None:
    rate = Rate()
    for number in range(60):
        rate.count(number / 30)
    assert rate.per_second(2.5) < 25
    assert rate.per_second(5.0) == 0.0


def test_nothing_is_zero() -> None:
    assert Rate().per_second(1.0) == 0.0
    assert Durations().percentile_ms(0.5) == 0.0
    assert Durations().mean_ms() == 0.0


def test_memory_is_bounded() -> None:
    rate, durations = Rate(), Durations()
    for number in range(5000):
        rate.count(number * 1e-4)
        durations.add_ns(number)
    assert len(rate._times) <= 1024
    assert len(durations._values_ms) <= 256


def test_percentiles_of_the_newest() -> None:
    durations = Durations()
    for _ in range(1000):
        durations.add_ns(10**9)
    for value in range(1, 257):
        durations.add_ns(value * 1_000_000)
    assert durations.mean_ms() == 128.5
    assert durations.percentile_ms(0.5) == 128.0
    assert durations.percentile_ms(0.95) == 244.0
    assert durations.percentile_ms(1.0) == 256.0
    assert durations.percentile_ms(0.0) == 1.0
