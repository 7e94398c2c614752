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


def test_ratios_are_held_against_the_middle_noise_of_the_rows() -> None:
    rows = [row("a", 10.0, 11.0), row("b", 10.0, 12.0), row("c", 10.0, 90.0)]
    old = report(*rows, ratios={"a_over_b": 1.0, "b_over_c": 1.0, "rss_mb": 3.0, "gone": 1.0})
    new = report(*rows, ratios={"a_over_b": 1.1, "b_over_c": 0.7, "rss_mb": 6.0})
    compared = compare_reports(old, new, "old.json")
    assert [tuple(each.values()) for each in compared["ratios"]] == [
        ("a_over_b", 1.0, 1.1, 10.0, 20.0, False),
        ("b_over_c", 1.0, 0.7, -30.0, 20.0, True),
        ("rss_mb", 3.0, 6.0, 100.0, None, None),
    ]
    assert compared["only_old"] == {"rows": [], "ratios": ["gone"]}


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
