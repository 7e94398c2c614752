from __future__ import annotations

from typing import Any

import pytest
from tests.unit.engine.conftest import MakeManifest

from selfieseg_engine.benchmarks.models.inference_times import InferenceTimes
from selfieseg_engine.benchmarks.models.outcome import ModelOutcome, Outcome, PhotoScores
from selfieseg_engine.benchmarks.models.summary import make_report
from selfieseg_engine.benchmarks.models.table import (
    cost_table,
    markdown_of,
    quality_table,
    titled_tables,
)
from selfieseg_engine.benchmarks.text_table import lines_of
from selfieseg_engine.registry.manifest import ModelOutput

TIMES = InferenceTimes({1: [4.0, 2.0, 3.0], 2: [2.0, 1.0, 6.0]}, [3.0, 5.0, 1.0])


@pytest.fixture
def report(make_manifest: MakeManifest) -> dict[str, Any]:
    """Return the report of a good, a better and a class model, over two photos; the second is a portrait."""

    def scores(raw: float, refined: float) -> PhotoScores:
        return PhotoScores(
            [{"iou": raw, "boundary_f": 0.1}, {"iou": raw + 0.2, "boundary_f": 0.2, "mad": 0.01}],
            [{"iou": refined, "boundary_f": 0.3}, {"iou": refined + 0.2, "boundary_f": 0.4, "mad": 0.02}],
        )

    classes = ModelOutput("y", "logits", "NHWC", 2, (), ("background", "hair"))
    slow = InferenceTimes({1: [30.0], 2: [20.0]}, [40.0])
    models = [
        ModelOutcome(make_manifest(id="hair", output=classes), 10, None, slow, 7.5),
        ModelOutcome(make_manifest(id="good"), 2_000_000, scores(0.5, 0.6), TIMES, 50.0),
        ModelOutcome(make_manifest(id="better"), 10, scores(0.4, 0.7), slow, 60.0),
    ]
    left_out = {"broken": "it cannot be read"}
    return make_report(Outcome(["a", "b"], [False, True], "8x6", models, left_out, "good"), {"cores": 2})


def test_the_best_comes_first_and_class_models_last(report: dict[str, Any]) -> None:
    assert [row["name"] for row in report["rows"]] == ["better", "good", "hair"]
    assert report["left_out"] == {"broken": "it cannot be read"}
    assert (report["command"], report["model"], report["frame"]) == ("bench models", None, "8x6")


def test_a_row(report: dict[str, Any]) -> None:
    good = report["rows"][1]
    assert (good["n"], good["median_ms"], good["p95_ms"], good["cpu_ms_per_frame"]) == (3, 3, 4, 3)
    assert (good["median_ms_2_threads"], good["memory_mb"], good["file_bytes"]) == (2, 50, 2_000_000)
    assert good["all"] == {
        "n": 2,
        "raw": {
            "iou": pytest.approx(0.6), "iou_median": pytest.approx(0.6),
            "boundary_f": pytest.approx(0.15), "boundary_f_median": pytest.approx(0.15), "mad": 0.01,
        },
        "refined": {
            "iou": pytest.approx(0.7), "iou_median": pytest.approx(0.7),
            "boundary_f": pytest.approx(0.35), "boundary_f_median": pytest.approx(0.35), "mad": 0.02,
        },
    }  # fmt: skip
    assert (good["portraits"]["n"], good["portraits"]["raw"]["iou"]) == (1, 0.7)
    hair = report["rows"][2]
    assert hair["all"] is None
    assert hair["portraits"] is None


def test_ratios_are_against_the_default(report: dict[str, Any]) -> None:
    assert report["ratios"] == {"median_ms_better_over_good": 10, "median_ms_hair_over_good": 10}


def test_each_photo_is_told(report: dict[str, Any]) -> None:
    first, second = report["photos"]
    assert first == {"file": "a", "portrait": False, "iou": {"good": [0.5, 0.6], "better": [0.4, 0.7]}}
    assert (second["file"], second["portrait"]) == ("b", True)


def test_tables(report: dict[str, Any]) -> None:
    titles = [title for title, _ in titled_tables(report)]
    assert titles == ["1 portraits", "All 2 photos", "Cost"]
    head, rows = quality_table(report, "all")
    assert [line[0] for line in rows] == ["better", "good"]
    good = dict(zip(head, rows[1], strict=True))
    assert (good["raw IoU"], good["refined IoU"], good["refined MAD"]) == ("0.600", "0.700", "0.0200")
    assert "raw gradient" not in head, "no photo has one"
    head, rows = cost_table(report)
    good = dict(zip(head, rows[1], strict=True))
    assert good == {
        "model": "good", "input": "6x4", "ms, 1 thread": "3.0", "2 threads": "2.0", "CPU ms": "3.0",
        "memory MB": "50", "file MB": "2.0",
    }  # fmt: skip


def test_without_portraits_their_table_is_missing(report: dict[str, Any]) -> None:
    for row in report["rows"]:
        row["portraits"] = None
    assert [title for title, _ in titled_tables(report)] == ["All 2 photos", "Cost"]


def test_how_tables_are_written() -> None:
    table = (["model", "ms"], [["a", "1.0"], ["longer", "12.0"]])
    assert lines_of(table) == ["model     ms", "a        1.0", "longer  12.0"]
    assert markdown_of(table) == [
        "| model | ms |", "| --- | ---: |", "| a | 1.0 |", "| longer | 12.0 |",
    ]  # fmt: skip
