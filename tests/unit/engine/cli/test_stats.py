from __future__ import annotations

from typing import Any

import pytest

from selfieseg_engine.cli.stats import report_lines

ENGINE = {"version": "1.2.3", "pid": 77, "uptime_s": 12.4, "rss_mb": 90.6, "restarts": 2}
CLIENT = {
    "callback_ms_p50": 1.234,
    "callback_ms_p99": 5.678,
    "callback_budget_ms": {"p50": 0.3, "p99": 1.0},
    "matte_age_ms_p50": 66.7,
    "frames": 300,
    "without_matte_frames": 4,
    "alignment": "low_latency",
    "delay_ms": 0.0,
    "matte_lag_frames_p50": 2,
    "repeated_frames": 0,
}
SESSION = {
    "source": "Cam",
    "size": "512x288",
    "model": "some_model",
    "device": "CPU",
    "fps_in": 30.0,
    "fps_out": 29.9,
    "dropped": 1,
    "infer_ms_p50": 2.31,
    "mattes": 200,
    "mattes_without_inference": 150,
    "round_trip_ms_p50": 4.0,
    "round_trip_ms_p95": 8.0,
}


def lines(client: dict[str, Any] | None = None, **session: Any) -> list[str]:
    entry = SESSION | session | {"client": CLIENT | (client or {})}
    return [line.strip() for line in report_lines({"engine": ENGINE, "sessions": [entry]})]


def test_every_filter_has_its_paragraph() -> None:
    assert lines() == [
        "engine 1.2.3, process 77, up 12 s, 91 MiB, restarted 2 times",
        "Cam: some_model on CPU, 512x288",
        "frames in 30.0/s, mattes out 29.9/s, dropped 1",
        "75 % of 200 mattes needed no inference",
        "inference 2.3 ms, round trip 4.0 ms (95 %: 8.0 ms)",
        "OBS: callback 1.23 ms (99 %: 5.68 ms), matte age 67 ms, 4 of 300 frames without a matte",
        "over its budget on OBS's graphics thread: 1.23 of 0.30 ms (99 %: 5.68 of 1.00 ms)",
        "newest picture, with the mask of one 2 frames older",
    ]


@pytest.mark.parametrize(
    ("p50", "p99", "word"),
    [(0.3, 1.0, "within"), (0.31, 1.0, "over"), (0.3, 1.01, "over"), (0.0, 0.0, "within")],
)
def test_the_callback_is_compared_with_its_budget(p50: float, p99: float, word: str) -> None:
    line = lines({"callback_ms_p50": p50, "callback_ms_p99": p99})[6]

    assert line.startswith(f"{word} its budget on OBS's graphics thread: {p50:.2f} of 0.30 ms")


def test_exact_tells_its_delay() -> None:
    client = {"alignment": "exact", "delay_ms": 66.7, "matte_lag_frames_p50": 0, "repeated_frames": 3}
    assert lines(client)[-1] == (
        "exact: every picture with its own mask, 67 ms late, 3 frames showed the picture before again"
    )


def test_a_filter_that_has_just_come() -> None:
    found = lines(model="", device="", size="0x0", mattes=0, mattes_without_inference=0)
    assert found[1] == "Cam: loading on ?, 0x0"
    assert found[3] == "no mattes yet"


def test_no_filter() -> None:
    assert report_lines({"engine": ENGINE, "sessions": []})[1:] == ["no filter is connected"]
