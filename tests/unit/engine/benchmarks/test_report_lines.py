"""Reports as people see them."""

from __future__ import annotations

import pytest
from tests.unit.engine.benchmarks.bench_reports import report, row

from selfieseg_engine.benchmarks.comparison import compare_reports
from selfieseg_engine.benchmarks.report_lines import comparison_lines, report_lines


@pytest.mark.parametrize("command", ["engine", "peers", "obs", "scale", "effects"])
def test_every_table_has_number_median_and_95_percent(command: str) -> None:
    head, first, ratio = report_lines(
        report(row("none", 1.25, 2.5, 7), command=f"bench {command}", ratios={"a_over_b": 1.5})
    )
    assert head.split() == ["bench", command, "n", "median", "ms", "95", "%", "ms", "CPU", "ms"]
    assert first.split() == ["none", "7", "1.250", "2.500", "1.250"]
    assert ratio == "a over b: 1.5"


def test_columns_that_only_some_have() -> None:
    working = row("sessions_1", 1.0, 2.0) | {"mattes_per_s": 80.04, "rss_mb": 300.0}
    lines = report_lines(report(working, row("idle", 1.0, 2.0), model="m"))
    assert lines[0].split()[0] == "m"
    assert lines[0].endswith("mattes/s  memory MB")
    assert lines[1].split()[-2:] == ["80.0", "300.0"]
    assert lines[2].split()[-2:] == ["–", "–"]
    assert len({len(line) for line in lines}) == 1


def test_rounds_show_the_noise_from_run_to_run() -> None:
    rows = row("a", 1.0, 2.0), row("b", 1.0, 2.0)
    lines = report_lines(
        report(rows[0] | {"median_ms_by_round": [1.5, 0.5, 1.0]}, rows[1] | {"median_ms_by_round": [1.0]})
    )
    assert lines[0].endswith("median by round")
    assert lines[1].endswith("0.500 … 1.500")
    assert lines[2].endswith("–"), "one round has no noise"


def test_iou_with_mediapipe() -> None:
    assert report_lines(report(mediapipe_iou=0.98))[-1] == "IoU with MediaPipe's mask: 0.98"
    both = report_lines(report(mediapipe_iou=0.98, mediapipe_iou_same_samples=0.999))
    assert both[-1] == "IoU with it, the frame sampled where MediaPipe does: 0.999"
    assert len(report_lines(report(mediapipe_iou=None, mediapipe_iou_same_samples=None))) == 1


def test_a_comparison() -> None:
    old = report(
        row("a", 10.0, 11.0), row("b", 10.0, 11.0), row("gone", 1.0, 1.0), ratios={"a_over_b": 1.0}, model="m"
    )
    new = report(
        row("a", 5.0, 5.1), row("b", 12.0, 12.1), row("more", 1.0, 1.0), ratios={"a_over_b": 1.05},
        machine={"date": "2026-11-22", "processor": "Slow", "cores": 2},
    )  # fmt: skip
    lines = comparison_lines(compare_reports(old, new, "old.json"))
    assert lines[:4] == [
        "",
        "compared with old.json of 2026-11-20:",
        "another machine: processor was Fast, is Slow",
        "model was m, is not told",
    ]
    words = [line.split() for line in lines]
    assert ["a", "10.000", "5.000", "-50.0", "%", "10.0", "%", "faster"] in words
    assert ["b", "10.000", "12.000", "+20.0", "%", "10.0", "%", "slower"] in words
    assert ["a", "over", "b", "1.0", "1.05", "+5.0", "%", "10.0", "%", "noise"] in words
    assert "rows that only the old report has: gone" in lines
    assert "rows that only the new report has: more" in lines
    assert lines[-1].startswith("noise: ")


def test_nothing_in_common() -> None:
    lines = comparison_lines(compare_reports(report(row("a", 1, 1)), report(row("b", 1, 1)), "old.json"))
    assert lines[2:] == ["rows that only the old report has: a", "rows that only the new report has: b"]
