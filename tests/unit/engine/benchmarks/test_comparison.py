"""What has changed since an earlier report, and what of it is noise."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.engine.benchmarks.bench_reports import report, row

from selfieseg_engine.benchmarks.comparison import compare_reports


def compared_row(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    (found,) = compare_reports(report(old), report(new), "old.json")["rows"]
    return dict(found)


def test_a_row() -> None:
    assert compared_row(row("segment", 10.0, 11.0), row("segment", 12.5, 13.0)) == {
        "name": "segment",
        "old_median_ms": 10.0,
        "new_median_ms": 12.5,
        "change_percent": 25.0,
        "noise_percent": 10.0,
        "larger_than_noise": True,
    }


@pytest.mark.parametrize(
    ("old", "new", "noise", "larger"),
    [
        ((10.0, 11.0), (10.9, 11.0), 10.0, False),
        ((10.0, 11.0), (8.9, 9.0), 10.0, True),  # faster, too
        ((10.0, 10.5), (12.0, 20.0), 80.0, False),  # a busy machine is no slower program
        ((10.0, 20.0), (12.0, 12.1), 100.0, False),
        ((10.0, 11.0), (11.0, 11.5), 10.0, False),  # as large is not larger
        ((10.0, None), (20.0, 21.0), None, None),
        ((0.0, 0.1), (1.0, 1.1), None, None),
    ],
)
def test_only_what_is_larger_than_the_noise_of_both_runs_is_a_change(
    old: tuple[float, float | None], new: tuple[float, float | None], noise: float | None, larger: bool | None
) -> None:
    found = compared_row(row("x", *old), row("x", *new))
    assert (found["noise_percent"], found["larger_than_noise"]) == (noise, larger)


@pytest.mark.parametrize(("n", "larger"), [(4, None), (5, True)])
def test_of_few_turns_nothing_is_said(n: int, larger: bool | None) -> None:
    assert compared_row(row("x", 1.0, 1.0), row("x", 2.0, 2.0, n))["larger_than_noise"] is larger
    assert compared_row(row("x", 1.0, 1.0, n), row("x", 2.0, 2.0))["larger_than_noise"] is larger


def test_a_ratio_is_held_against_its_noisier_row() -> None:
    rows = [row("a", 10.0, 11.0), row("b", 10.0, 12.0), row("c", 10.0, 90.0), row("few", 1.0, 1.0, 2)]
    old = {
        "a_over_b": 1.0,
        "b_over_a_cpu": 1.0,
        "b_over_c": 1.0,
        "few_over_a": 1.0,
        "rss_mb": 3.0,
        "gone": 1.0,
    }
    new = {"a_over_b": 1.1, "b_over_a_cpu": 0.7, "b_over_c": 1.3, "few_over_a": 3.0, "rss_mb": 6.0}
    compared = compare_reports(report(*rows, ratios=old), report(*rows, ratios=new), "old.json")
    assert [tuple(each.values()) for each in compared["ratios"]] == [
        ("a_over_b", 1.0, 1.1, 10.0, 20.0, False),
        ("b_over_a_cpu", 1.0, 0.7, -30.0, 20.0, True),
        ("b_over_c", 1.0, 1.3, 30.0, 800.0, False),
        ("few_over_a", 1.0, 3.0, 200.0, None, None),
        ("rss_mb", 3.0, 6.0, 100.0, None, None),
    ]
    assert compared["only_old"] == {"rows": [], "ratios": ["gone"]}


@pytest.mark.parametrize(
    ("ratio", "rows"),
    [
        ("segment_over_infer", ("infer_only", "segment", "segment_raw")),
        ("segment_raw_over_infer", ("infer_only", "segment", "segment_raw")),
        ("mediapipe_over_segment_raw_cpu", ("segment", "segment_raw", "mediapipe")),
        (
            "blur_over_color_correction",
            ("color_correction", "background_none", "background_blur"),
        ),
        ("blur_100_over_blur_10", ("background_none", "blur_10", "blur_100")),
        ("expand_on_color_over_none", ("none", "color", "expand_on_color")),
    ],
)
def test_the_rows_of_every_benchmarks_ratios_are_found(ratio: str, rows: tuple[str, ...]) -> None:
    found = report(*(row(name, 10.0, 11.0) for name in rows), ratios={ratio: 2.0})
    assert compare_reports(found, found, "old.json")["ratios"][0]["noise_percent"] == 10.0


@pytest.mark.parametrize("ratio", ["cpu_per_matte_most_over_least", "a_over_", "_over_", "x_over_a", "x"])
def test_a_ratio_of_what_is_no_row_has_no_known_noise(ratio: str) -> None:
    found = report(row("a", 10.0, 11.0), row("x_1", 1.0, 1.5), row("x_2", 1.0, 1.5), ratios={ratio: 2.0})
    assert compare_reports(found, found, "old.json")["ratios"][0]["noise_percent"] is None


def test_rows_that_only_one_has() -> None:
    compared = compare_reports(
        report(row("a", 1, 1), row("b", 1, 1)), report(row("c", 1, 1), row("b", 1, 1)), "old.json"
    )
    assert [each["name"] for each in compared["rows"]] == ["b"]
    assert (compared["only_old"]["rows"], compared["only_new"]["rows"]) == (["a"], ["c"])


def test_another_machine_and_another_model_are_named_and_another_day_is_not() -> None:
    old = report(model="m", machine={"date": "2026-01-01", "cores": 2, "runs_made_again": 1})
    new = report(model="n", machine={"date": "2026-01-02", "cores": 4, "runs_made_again": 0, "obs": "31"})
    compared = compare_reports(old, new, "old.json")
    assert (compared["file"], compared["date"]) == ("old.json", "2026-01-01")
    assert compared["machine_differences"] == [
        {"name": "cores", "old": 2, "new": 4},
        {"name": "obs", "old": None, "new": "31"},
    ]
    assert compared["other_differences"] == [{"name": "model", "old": "m", "new": "n"}]
    alike = compare_reports(old, old, "old.json")
    assert alike["machine_differences"] == alike["other_differences"] == []
