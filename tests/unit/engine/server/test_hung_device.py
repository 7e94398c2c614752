from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from selfieseg_engine.device_fallback import DeviceFallbacks
from selfieseg_engine.model_leases import ModelKey
from selfieseg_engine.running_models import RunningModel, RunningModels
from selfieseg_engine.server.hung_device import (
    NOTE_NAME,
    PATIENCE_CHECKS,
    HangWatch,
    Note,
    heed_note,
    take_note,
)

OTHER = ModelKey("other", "AUTO", 0)
RUN = RunningModel(7, "GPU.0", ModelKey("m", "GPU", 0))


def test_what_runs_for_many_looks_hangs() -> None:
    watch = HangWatch()
    assert [watch.look({1: RUN}) for _ in range(PATIENCE_CHECKS)] == [None] * PATIENCE_CHECKS
    assert watch.look({1: RUN}) == RUN


def test_one_frame_after_the_other_does_not_hang() -> None:
    watch = HangWatch()
    for seq in range(3 * PATIENCE_CHECKS):
        assert watch.look({1: replace(RUN, seq=seq), 2: replace(RUN, seq=-seq)}) is None
    for _ in range(3 * PATIENCE_CHECKS):
        assert watch.look({1: RUN}) is None
        assert watch.look({}) is None


def test_what_runs_on_another_device_is_known_while_it_runs() -> None:
    running = RunningModels()
    with running.noting(1, "CPU", RUN.key):
        assert running.now() == {}
    with running.noting(7, "GPU.0", RUN.key):
        assert list(running.now().values()) == [RUN]
    assert running.now() == {}


def test_the_next_engine_takes_the_note_once(tmp_path: Path) -> None:
    assert take_note(tmp_path) is None
    text = json.dumps({"device": "GPU.0", "wishes": [asdict(RUN.key), asdict(OTHER)]})
    (tmp_path / NOTE_NAME).write_text(text)
    note = take_note(tmp_path)
    assert note == Note("GPU.0", (RUN.key, OTHER))
    assert take_note(tmp_path) is None
    fallbacks = DeviceFallbacks()
    heed_note(note, fallbacks)
    for wish in (RUN.key, OTHER):
        loaded, failure = fallbacks.load(wish, lambda key: key.device)
        assert loaded == "CPU"
        assert failure is not None
        assert failure.what.startswith("the device GPU.0 failed: no answer comes, its driver hangs")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"key": 1, "device": "GPU"}', "\xff"])
def test_a_damaged_note_is_logged(tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / NOTE_NAME).write_text(content, encoding="latin-1")
    assert take_note(tmp_path) is None
    assert "cannot be read" in caplog.text
    caplog.clear()
    assert take_note(tmp_path) is None
    assert not caplog.records, "it is gone"
