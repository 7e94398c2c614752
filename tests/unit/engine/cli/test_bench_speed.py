"""The speed benchmarks from the command line, on a few frames: a real engine, a real model, real peers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from selfieseg_engine.cli.main import cli

MODEL = "selfie_segmentation_landscape"

pytestmark = [pytest.mark.usefixtures("real_model"), pytest.mark.timeout(600)]


def report(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["bench", *arguments, "--model", MODEL, "--json"])
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert (answer["command"], answer["model"], answer["frame"]) == (
        f"bench {arguments[0]}",
        MODEL,
        "1280x720",
    )
    assert all(row["median_ms"] > 0 and row["cpu_ms_per_frame"] >= 0 for row in answer["rows"])
    return answer


def test_engine() -> None:
    answer = report("engine", "--frames", "3", "--starts", "2")
    counts = {row["name"]: row["n"] for row in answer["rows"]}
    frames = ("infer_only", "memcpy", "segment", "round_trip", "segment_raw", "round_trip_raw")
    assert counts == dict.fromkeys(frames, 3) | {"start_cold_cache": 2, "start_warm_cache": 2}
    assert {"segment_over_infer", "round_trip_over_infer"} <= set(answer["ratios"])


def test_scale() -> None:
    answer = report("scale", "--frames", "2", "--rest-seconds", "2")
    assert [row["sessions"] for row in answer["rows"]] == [1, 2, 4, 8, 1, 1, 8]
    assert [row["n"] for row in answer["rows"]] == [2, 4, 8, 16, 60, 60, 2]
    assert [row["mattes_per_s"] > 0 for row in answer["rows"]] == [True] * 6 + [False]
    assert all(row["rss_mb"] > 50 for row in answer["rows"])
    assert answer["ratios"]["cpu_still_over_moving"] < 1


def test_peers_without_mediapipe() -> None:
    answer = report("peers", "--frames", "2", "--without-mediapipe")
    assert {"segment", "composite", "notebook"} <= {row["name"] for row in answer["rows"]}
    assert "notebook_over_composite" in answer["ratios"]
    assert answer["mediapipe_iou"] is None


def test_lines_for_people() -> None:
    done = CliRunner().invoke(
        cli, ["bench", "scale", "--frames", "1", "--rest-seconds", "1", "--model", MODEL]
    )
    assert done.exit_code == 0, done.output
    assert "memory MB" in done.output
    assert "sessions_8" in done.output


def test_an_unknown_model_is_one_line() -> None:
    done = CliRunner().invoke(cli, ["bench", "engine", "--model", "nobody"])
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
