from __future__ import annotations

import pytest

from selfieseg_engine.session_figures import SessionFigures


def test_what_was_saved_while_the_picture_stood_still() -> None:
    figures = SessionFigures(began=-0.25)
    figures.model_ready(-0.125)
    figures.model_ready(1.0)  # another model
    for frame in range(60):
        figures.matte_made(frame / 30, 4_000_000 if frame % 10 == 0 else None)
    snapshot = figures.snapshot(59 / 30)
    assert (snapshot.mattes, snapshot.mattes_without_inference) == (60, 54)
    assert (snapshot.model_ready_s, snapshot.first_matte_s) == (0.125, 0.25)
    assert snapshot.fps_out == pytest.approx(30, abs=1)
    assert snapshot.inferences_per_s == pytest.approx(3, abs=0.6)
    assert snapshot.infer_ms_p50 == pytest.approx(4, rel=0.1), "mattes without inference do not make it less"


def test_a_session_that_has_done_nothing() -> None:
    snapshot = SessionFigures(0.0).snapshot(5.0)
    assert (snapshot.model_ready_s, snapshot.first_matte_s) == (None, None)
    assert (snapshot.mattes, snapshot.mattes_without_inference, snapshot.inferences_per_s) == (0, 0, 0)
