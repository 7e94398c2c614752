"""All of a run but the model: sources, virtual camera and loop as they are put together."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.live.fake_camera import FakeCapture, opening
from tests.unit.engine.live.fake_device import fake_device
from tests.unit.engine.live.fake_stage import FakeSegmenter
from tests.unit.engine.recording.clips import walk, write_clip

from selfieseg_engine.composite.background import ColorBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.live import camera as camera_module
from selfieseg_engine.live.job import LiveJob
from selfieseg_engine.live.overlay import plate
from selfieseg_engine.live.stage import open_stage

U8Image = npt.NDArray[np.uint8]

GREEN = (0, 255, 0)


def a_job(**changes: object) -> LiveJob:
    values = {"look": Look(), "backgrounds": (ColorBackground(GREEN),), "has_window": False, **changes}
    return LiveJob(**values)  # type: ignore[arg-type]


def test_a_camera_that_comes_back_in_a_virtual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others see the person, an empty picture, the person; never the room."""
    from pyvirtualcam import camera

    monkeypatch.setattr(camera_module, "_SECONDS_BETWEEN_FAILURES", 0.0)
    monkeypatch.setattr(camera_module, "_SECONDS_BETWEEN_OPENINGS", 0.2)
    device = fake_device()
    monkeypatch.setattr(camera, "BACKENDS", {"test": device})
    captures = opening(FakeCapture([200, 200], size=(32, 24)), FakeCapture([200] * 10_000, size=(32, 24)))
    told: list[str] = []
    segmenter = FakeSegmenter()
    with ExitStack() as stack:
        stage = open_stage(a_job(has_virtual_camera=True), told.append, stack, captures)
        assert stage.frame_count is None
        show = stage.begin(segmenter.as_segmenter(), told.append, stack)
        assert show.run.until_end(frames=2) == "frames"
        assert show.run.figures.interruptions == 1
    assert told == ["camera 0 has gone: connect it again"]
    assert segmenter.resets > 0
    pictures = [sent.reshape(24, 32, 3) for sent in device.sent]
    with_person = [picture for picture in pictures if not np.array_equal(picture, plate((32, 24)))]
    assert len(with_person) == 2
    assert len(pictures) > 2
    for picture in with_person:
        assert (picture[:, :16] == 200).all()
        assert (picture[:, 16:] == GREEN).all()
    assert device.closed == 1


def test_a_recording_that_nobody_watches_is_not_dropped(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    clip = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 30))
    segmenter = FakeSegmenter()
    with ExitStack() as stack:
        stage = open_stage(a_job(recording=clip, frames=20), lambda line: None, stack)
        assert stage.frame_count == 20
        show = stage.begin(segmenter.as_segmenter(), lambda line: None, stack)
        assert show.run.until_end() == "end"
    assert (len(segmenter.seen), show.source.dropped) == (30, 0)


def test_late_frames_of_a_watched_recording_are_dropped(
    tmp_path: Path, astronaut_bgr: U8Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks on wants to see what is, not what was."""
    from pyvirtualcam import camera

    monkeypatch.setattr(camera, "BACKENDS", {"test": fake_device()})
    clip = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 30))
    with ExitStack() as stack:
        stage = open_stage(a_job(recording=clip, has_virtual_camera=True), lambda line: None, stack)
        began = time.monotonic()
        show = stage.begin(FakeSegmenter(seconds=0.15).as_segmenter(), lambda line: None, stack)
        assert show.run.until_end() == "end"
    assert time.monotonic() - began >= 29 / 30  # at its own pace: its last frame is due then
    drawn = show.run.figures.drawn
    assert show.source.dropped > 0
    assert drawn + show.source.dropped == 30
