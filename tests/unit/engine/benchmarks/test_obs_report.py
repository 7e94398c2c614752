"""Rows and ratios of ``selfieseg bench obs``."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timezone

import pytest

from selfieseg_engine.benchmarks.machine import describe_machine
from selfieseg_engine.benchmarks.obs_report import FilterFigures, RunFigures, make_report, make_row
from selfieseg_engine.benchmarks.report_lines import report_lines
from selfieseg_engine.processor import processor_name

OURS = FilterFigures("tiny", "CPU", 0.5, 2.0, 29.0, 60.0, 2, 0.35, 0.4, 7, 0.3)


def figures(microseconds: int, ours: FilterFigures | None = None) -> RunFigures:
    return RunFigures(300, 2, 1.5, 0.25, ours, Counter({microseconds: 100}))


def test_row_pools_frames_and_takes_the_middle_of_the_rounds() -> None:
    second = FilterFigures("tiny", "CPU", 1.5, 4.0, 31.0, 80.0, 2, 0.65, 0.8, 8, 0.6)
    assert make_row("x", [figures(1000, OURS), figures(3000, second)]) == {
        "name": "x",
        "n": 200,
        "median_ms": 1.0,
        "p95_ms": 3.0,
        "p99_ms": 3.0,
        "median_ms_by_round": [1.0, 3.0],
        "cpu_ms_per_frame": 5.0,
        "total_frames": 600,
        "skipped_frames": 4,
        "cores_busy_elsewhere_by_round": [0.25, 0.25],
        "callback_ms_p50": 1.0,
        "callback_ms_p99": 3.0,
        "matte_fps": 30.0,
        "matte_age_ms_p50": 70.0,
        "matte_lag_frames_p50": 2,
        "model_ready_s": 0.5,
        "first_matte_s": 0.6,
        "engine_cpu_ms_per_frame": 1.5,
        "model": "tiny",
        "device": "CPU",
    }


def test_report_has_the_form_of_the_contract() -> None:
    runs = {
        "no_filter": [figures(500)],
        "color_correction": [figures(2000)],
        "background_none": [figures(1000, OURS)],
        "background_blur": [figures(3000, OURS)],
    }
    report = make_report("bench obs", {"cores": 2}, "1280x720", runs)
    assert report["ratios"] == {"none_over_color_correction": 0.5, "blur_over_color_correction": 1.5}
    assert report["model"] == "tiny"
    assert [row["name"] for row in report["rows"]] == list(runs)
    lines = report_lines(report)
    assert len({len(line) for line in lines[:5]}) == 1
    assert lines[1].split()[-1] == "–"
    assert lines[-1] == "blur over color correction: 1.5"


def test_run_without_frames_has_no_cpu_per_frame() -> None:
    row = make_row("x", [RunFigures(0, 0, 1.0, 0.0, None, Counter({1: 1}))])
    assert row["cpu_ms_per_frame"] is None


@pytest.mark.parametrize(
    ("text", "name"),
    [("processor\t: 0\nmodel name\t: Fast: 3\n", "Fast: 3"), ("", ""), ("Other: x\n", "")],
)
def test_processor_name(text: str, name: str) -> None:
    assert processor_name(text) == name


def test_machine_is_described() -> None:
    before = datetime.now(timezone.utc).date()
    machine = describe_machine()
    assert all(machine.values())
    assert before <= date.fromisoformat(str(machine["date"])) <= datetime.now(timezone.utc).date()
