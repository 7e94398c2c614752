from __future__ import annotations

from typing import Any

from selfieseg_engine.cli.stats import report_lines

ENGINE = {"version": "1.2.3", "pid": 77, "uptime_s": 12.4, "rss_mb": 90.6, "restarts": 2}
CLIENT = {
    "callback_ms_p50": 1.234,
    "callback_ms_p99": 5.678,
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
        "newest picture, with the mask of one 2 frames older",
    ]


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
