from __future__ import annotations

import pytest

from selfieseg_engine.live.figures import FrameTimes, LiveFigures


def test_a_steady_run() -> None:
    figures = LiveFigures()
    for number in range(61):
        figures.frame_shown(10 + number / 30, FrameTimes(2_000_000, 5_000_000, 3_000_000, 40_000_000))
    figures.source_gone()
    assert figures.fps(12.0) == pytest.approx(30.0)
    assert figures.report() == {
        "drawn": 61,
        "seconds": 2.0,
        "fps": 30.0,
        "infer_ms_p50": 2.0,
        "segment_ms_p50": 5.0,
        "draw_ms_p50": 3.0,
        "delay_ms_p50": 40.0,
        "interruptions": 1,
    }


def test_frames_for_which_the_model_did_not_run_have_no_time() -> None:
    figures = LiveFigures()
    for infer_ns in (4_000_000, 0, 8_000_000, 0):
        figures.frame_shown(0.0, FrameTimes(infer_ns, 1, 1, 1))
    assert figures.infer_ms == 6.0


def test_before_the_first_frame_all_is_zero() -> None:
    assert set(LiveFigures().report().values()) == {0}
    assert LiveFigures().infer_ms == 0
