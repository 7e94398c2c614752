"""The rows and ratios of the benchmarks, from times that are known."""

from __future__ import annotations

import pytest

from selfieseg_engine.benchmarks.speed import engine_run, peers_run, scale_run
from selfieseg_engine.benchmarks.speed.agreement import Agreement
from selfieseg_engine.benchmarks.speed.samples import Samples, ratio


def samples(*milliseconds: float) -> Samples:
    return Samples(list(milliseconds), [2 * each for each in milliseconds])


def test_a_row() -> None:
    row = samples(*range(1, 21)).row("segment")
    assert row == {"name": "segment", "n": 20, "median_ms": 10.5, "p95_ms": 19, "cpu_ms_per_frame": 21.0}


def test_work_is_timed_once_a_call() -> None:
    found, clock, done = Samples(), iter([1.0, 1.5]), []
    found.take(lambda: done.append(1), lambda: next(clock))
    assert done == [1]
    assert found.cpu_ms == [500.0]
    assert found.wall_ms[0] >= 0


def test_ratio_is_of_medians() -> None:
    assert ratio(samples(3, 3, 90), samples(2, 2, 1)) == 1.5


def test_engine_ratios_are_over_the_model_alone() -> None:
    times = {"infer_only": samples(2), "memcpy": samples(1), "segment": samples(3), "round_trip": samples(5)}
    report = engine_run.make_report({"cores": 2}, "m", 1, times)
    assert report["ratios"] == {"segment_over_infer": 1.5, "round_trip_over_infer": 2.5}
    assert [row["name"] for row in report["rows"]] == list(times)
    assert report["machine"] == {"cores": 2, "inference_threads": 1}


@pytest.mark.parametrize("with_mediapipe", [False, True])
def test_peers_ratios_are_over_ours(with_mediapipe: bool) -> None:
    times = {
        "segment": samples(2),
        "composite": samples(4),
        "segment_raw": samples(1),
        "composite_raw": samples(2),
    }
    times["notebook"] = samples(8)
    if with_mediapipe:
        times["mediapipe"] = samples(3)
    report = peers_run.make_report({}, "m", 1, times, Agreement(0.98512, 0.99912) if with_mediapipe else None)
    assert report["ratios"]["notebook_over_composite"] == 2
    assert report["ratios"]["notebook_over_composite_raw_cpu"] == 4
    assert report["ratios"].get("mediapipe_over_segment") == (1.5 if with_mediapipe else None)
    assert report["mediapipe_iou"] == (0.9851 if with_mediapipe else None)
    assert report["mediapipe_iou_same_samples"] == (0.9991 if with_mediapipe else None)


def test_scale_is_the_most_sessions_over_the_fewest() -> None:
    rows = [
        {"name": "sessions_1", "sessions": 1, "cpu_ms_per_frame": 5.0, "rss_mb": 300.0},
        {"name": "sessions_8", "sessions": 8, "cpu_ms_per_frame": 6.0, "rss_mb": 335.0},
    ]
    rest = [{"name": "moving_1", "cpu_percent": 20.0}, {"name": "still_1", "cpu_percent": 3.0}]
    rest.append({"name": "idle_8", "cpu_percent": 0.2})
    ratios = scale_run.make_report({}, "m", 1, [*rows, *rest])["ratios"]
    assert ratios == {
        "cpu_per_matte_most_over_least": 1.2,
        "rss_mb_per_further_session": 5.0,
        "cpu_still_over_moving": 0.15,
    }
    assert "rss_mb_per_further_session" not in scale_run.make_report({}, "m", 1, [rows[0], *rest])["ratios"]
