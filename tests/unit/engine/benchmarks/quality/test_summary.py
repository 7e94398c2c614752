from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.benchmarks.quality.case_sheet import difference_picture, draw_sheet
from selfieseg_engine.benchmarks.quality.outcome import (
    MOST_WORST,
    Outcome,
    RowSamples,
    WorstCase,
    WorstCases,
    frame_text,
)
from selfieseg_engine.benchmarks.quality.summary import make_ratios, make_report, make_row, table


def an_outcome() -> Outcome:
    raw = RowSamples("raw", [{"iou": 0.8, "boundary_f": 0.5}, {"iou": 0.6, "boundary_f": 0.7, "mad": 0.2}])
    edges = RowSamples(
        "edges", [{"iou": 0.9, "boundary_f": 0.8}, {"iou": 0.7, "boundary_f": 0.7, "mad": 0.1}]
    )
    raw.wall_ms, raw.cpu_ms = [9.0, 2.0, 1.0], [1.0, 1.0, 8.0]
    edges.wall_ms, edges.cpu_ms = [3.0, 4.0, 5.0], [2.0, 3.0, 4.0]
    return Outcome(["a", "b"], [raw, edges], "640x360", 3, "edges", [WorstCase(1, 0.3, None)], False)


def test_the_report_has_means_ratios_and_the_worst() -> None:
    report = make_report(an_outcome(), {"cores": 2}, "tiny")
    assert list(report) == [
        "command", "machine", "model", "frame", "left_out", "rows", "ratios", "worst",
    ]  # fmt: skip
    assert report["command"] == "bench quality"
    assert report["rows"][0] == {
        "name": "raw",
        "n": 2,
        "iou": pytest.approx(0.7),
        "boundary_f": pytest.approx(0.6),
        "mad": 0.2,  # of the one that has a matte
        "median_ms": 2.0,
        "cpu_ms_per_frame": 1.0,
    }
    assert report["ratios"] == {
        "iou_edges_over_raw": pytest.approx(0.8 / 0.7, abs=1e-4),
        "boundary_f_edges_over_raw": 1.25,
        "mad_edges_over_raw": 0.5,
        "median_ms_edges_over_raw": 2.0,
        "cpu_ms_per_frame_edges_over_raw": 3.0,
    }
    assert report["worst"] == [
        {
            "file": "b",
            "variant": "edges",
            "iou": 0.7,
            "boundary_f": 0.7,
            "mad": 0.1,
            "raw": {"iou": 0.6, "boundary_f": 0.7, "mad": 0.2},
        }
    ]


def test_what_the_whole_sequence_tells_takes_the_place_of_the_mean() -> None:
    row = RowSamples("full", [{"lag_frames": 1}, {"lag_frames": 0}], {"lag_frames": 1, "frames_off": 1})
    made = make_row(row)
    assert (made["lag_frames"], made["frames_off"]) == (1, 1)
    assert made["median_ms"] is None


def test_nothing_is_divided_by_zero_or_by_another_row() -> None:
    rows = [{"name": "raw", "n": 1, "flicker": 0.0, "iou": 0.5}, {"name": "full", "n": 1, "flicker": 0.1}]
    assert make_ratios(rows) == {}
    assert make_ratios([{"name": "full", "n": 1, "iou": 0.5}, {"name": "edges", "n": 1, "iou": 0.5}]) == {}


def test_the_table_has_a_line_for_each_metric_and_names_what_was_left_out() -> None:
    lines = table(make_report(an_outcome(), {}, "tiny"))
    assert lines[0] == "2 x 640x360, tiny"
    assert "3" in lines[1]
    assert lines[2].split() == ["raw", "edges"]
    assert ["boundary", "f", "0.6000", "0.7500"] in [line.split() for line in lines]
    assert lines[-1] == "worst: b (boundary f 0.7000)"


def test_frames_of_several_sizes_are_mixed() -> None:
    assert frame_text({(720, 1280)}) == "1280x720"
    assert frame_text({(720, 1280), (360, 640)}) == "mixed"


def test_the_worst_of_each_slot_are_kept_and_drawn_only_then() -> None:
    worst = WorstCases()
    drawn: list[int] = []

    def offer(slot: int, index: int, badness: float) -> None:
        def draw() -> npt.NDArray[np.uint8]:
            drawn.append(index)
            return np.zeros((1, 1, 3), np.uint8)

        worst.offer(slot, index, badness, draw)

    for index in range(2 * MOST_WORST):  # milder and milder: only the first six get in
        offer(index, index, 1 - index / 100)
    assert drawn == list(range(MOST_WORST))
    offer(0, 50, 0.5)  # a slot keeps its worst
    offer(99, 99, 2.0)  # and the mildest goes for a worse one
    assert [case.index for case in worst.worst_first()] == [99, 0, 1, 2, 3, 4]


def test_the_difference_is_red_for_too_much_and_blue_for_too_little() -> None:
    true, found = np.array([[0, 255, 255, 0]], np.uint8), np.array([[255, 0, 255, 0]], np.uint8)
    assert difference_picture(found, true).tolist() == [
        [[0, 0, 255], [255, 0, 0], [128, 128, 128], [0, 0, 0]]
    ]


def test_a_sheet_has_all_panels_in_a_row() -> None:
    frame, true = np.zeros((90, 160, 3), np.uint8), np.zeros((90, 160), np.uint8)
    sheet = draw_sheet(frame, true, {"raw": true, "full": true}, "full")
    assert sheet.shape == (24 + 180, 5 * 322, 3)
