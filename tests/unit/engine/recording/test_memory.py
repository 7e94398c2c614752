from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pytest
from tests.unit.engine.recording.clips import walk, write_clip

from selfieseg_engine import Segmenter
from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording.outputs import Output
from selfieseg_engine.recording.pipeline import RecordingJob, make_recording
from selfieseg_engine.recording.reader import RecordingReader

_FRAMES = 600
_SETTLED = 200  # the encoder's look-ahead is full, and the allocator has what it needs
_MOST_GROWTH = 24 * 2**20  # of frames of 0.9 MB each: 400 kept ones would be 350 MB


@pytest.mark.usefixtures("real_model")
def test_memory_does_not_grow_with_the_recording(
    tmp_path: Path, astronaut_bgr: npt.NDArray[np.uint8]
) -> None:
    source = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, _FRAMES, (640, 480)), sound_from=0.0)
    process, resident = psutil.Process(), []
    job = RecordingJob(Output(tmp_path / "out.mp4"), None, Look())
    with RecordingReader(source) as reader, Segmenter(device="CPU") as segmenter:
        report = make_recording(reader, segmenter, job, lambda: resident.append(process.memory_info().rss))
    assert report.frames == len(resident) == _FRAMES
    assert max(resident[_SETTLED:]) - resident[_SETTLED] < _MOST_GROWTH
