from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.recording.clips import UNEVEN, turn, walk, write_clip

from selfieseg_engine.live import playback as playback_module
from selfieseg_engine.live.items import LiveFrame
from selfieseg_engine.live.playback import Playback, at_own_pace
from selfieseg_engine.recording.errors import RecordingError
from selfieseg_engine.recording.parcels import Parcel, SourceFrame
from selfieseg_engine.recording.reader import RecordingReader

U8Image = npt.NDArray[np.uint8]

PICTURE = np.zeros((2, 2, 3), np.uint8)


class Clock(threading.Event):
    """A clock that goes only while somebody waits for this event."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 100.0

    def now(self) -> float:
        return self.seconds

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds += timeout or 0.0
        return self.is_set()


def at(*seconds: float) -> list[LiveFrame]:
    return [LiveFrame(PICTURE, each, 0.0) for each in seconds]


def test_frames_come_when_they_are_due() -> None:
    clock = Clock()
    times = [frame.came_at for frame in at_own_pace(iter(at(0.5, 0.6, 1.5)), clock, clock.now)]
    assert times == pytest.approx([100.0, 100.1, 101.0])


def test_a_short_delay_is_caught_up_with_and_a_long_one_is_not() -> None:
    clock = Clock()
    frames = at_own_pace(iter(at(0, 1, 2, 3, 4)), clock, clock.now)
    next(frames)
    clock.seconds += 1.2  # the second is late by 0.2
    assert next(frames).came_at == pytest.approx(101.2)
    assert next(frames).came_at == pytest.approx(102.0)
    clock.seconds += 10
    assert next(frames).came_at == pytest.approx(112.0)
    assert next(frames).came_at == pytest.approx(113.0)


def test_stopping_ends_it() -> None:
    clock = Clock()
    frames = at_own_pace(iter(at(0, 1)), clock, clock.now)
    next(frames)
    clock.set()
    assert list(frames) == []


def test_a_recording_with_uneven_times(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    path = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 8), ticks=UNEVEN)
    with Playback(path) as playback:
        assert (playback.size, playback.frame_count) == ((160, 120), 8)
        frames = list(playback.frames())
    assert [frame.seconds for frame in frames] == pytest.approx([tick / 15360 for tick in UNEVEN])
    assert {frame.bgr.shape for frame in frames} == {(120, 160, 3)}


def test_a_loop_goes_on_in_time(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    path = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 3))
    with Playback(path, loop=True) as playback:
        assert playback.frame_count is None
        frames = list(islice(playback.frames(), 8))
    assert [frame.seconds for frame in frames] == pytest.approx([number / 30 for number in range(8)])
    assert np.array_equal(frames[0].bgr, frames[3].bgr)


def test_a_turned_recording_is_upright(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    stored = [np.ascontiguousarray(np.rot90(picture)) for picture in walk(astronaut_bgr, 2, (120, 160))]
    path = turn(write_clip(tmp_path / "in.mp4", stored), 0, 1, -1, 0)
    with Playback(path) as playback:
        assert playback.size == (120, 160)
        assert next(playback.frames()).bgr.shape == (160, 120, 3)


def test_a_damaged_recording_is_an_error_unless_salvaged(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    path = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 60, (320, 240)))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = np.random.default_rng(1).bytes(400)
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="damaged at frame"), Playback(path) as playback:
        list(playback.frames())
    with Playback(path, salvage=True) as playback:
        assert 0 < len(list(playback.frames())) <= 60


class SlowReader(RecordingReader):
    """Stands still before its second frame, as on a disk that has gone, until it is let go on."""

    stands, may_go_on = threading.Event(), threading.Event()

    def parcels(self) -> Iterator[Parcel[SourceFrame]]:
        parcels = super().parcels()
        yield next(parcels)
        self.stands.set()
        assert self.may_go_on.wait(30)
        yield from parcels


def test_a_file_is_not_closed_while_it_is_read(
    tmp_path: Path, astronaut_bgr: U8Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg would read on in freed memory."""
    monkeypatch.setattr(playback_module, "RecordingReader", SlowReader)
    playback = Playback(write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 8)))
    taken: list[LiveFrame] = []
    thread = threading.Thread(target=lambda: taken.extend(playback.frames()))
    thread.start()
    assert SlowReader.stands.wait(30)
    playback.close()
    SlowReader.may_go_on.set()
    thread.join(30)
    assert [frame.seconds for frame in taken] == pytest.approx([0, 1 / 30])
    playback.close()
    assert list(playback.frames()) == []
