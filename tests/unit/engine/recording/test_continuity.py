"""Times that begin again, and recordings that have such."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.recording.clips import RATE, walk, write_clip

from selfieseg_engine import Segmenter, convert_recording
from selfieseg_engine.recording.continuity import Continuity
from selfieseg_engine.recording.reader import RecordingReader

U8Image = npt.NDArray[np.uint8]

STEP = Fraction(1, 25)
PICTURES, SOUND = 0, 1
_MP2_SAMPLES = 1152


def continued(*packets: tuple[int, Fraction]) -> list[Fraction]:
    continuity = Continuity()
    return [time + continuity.offset(track, time, STEP) for track, time in packets]


def test_times_that_grow_stay_also_over_a_gap() -> None:
    times = [Fraction(7), 7 + STEP, Fraction(90), Fraction(90) + STEP]
    assert continued(*((PICTURES, time) for time in times)) == times


def test_what_begins_again_goes_on() -> None:
    times = [index * STEP for index in range(20)]
    assert continued(*((PICTURES, time) for time in times * 3)) == [index * STEP for index in range(60)]


def test_sound_stays_with_its_pictures_though_they_begin_again_one_after_the_other() -> None:
    """The old sound ends a bit earlier than the old pictures, and comes between the new pictures."""
    old = [(PICTURES, Fraction(1)), (SOUND, Fraction(9, 10))]
    new = [(PICTURES, Fraction(0)), (SOUND, Fraction(94, 100)), (PICTURES, STEP), (SOUND, Fraction(1, 100))]
    shift = 1 + STEP
    gone_on = [shift, Fraction(94, 100), shift + STEP, shift + Fraction(1, 100)]
    assert continued(*old, *new) == [Fraction(1), Fraction(9, 10), *gone_on]


def doubled(path: Path, pictures: list[U8Image]) -> Path:
    """Write a recording behind itself, as `cat` does."""
    once = path.with_name(f"once{path.suffix}")
    if path.suffix == ".mpg":
        write_mpg(once, pictures)
    else:
        write_clip(once, pictures, sound_from=0)
    path.write_bytes(once.read_bytes() * 2)
    return path


def write_mpg(path: Path, pictures: list[U8Image]) -> None:
    """Write an MPEG program stream with a tone."""
    with av.open(str(path), "w", format="mpeg") as container:
        video: Any = container.add_stream("mpeg2video", 30)
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        sound: Any = container.add_stream("mp2", RATE, layout="stereo")
        tone = (np.sin(np.arange(len(pictures) * RATE // 30) * 440 / RATE * 2 * np.pi) * 9000).astype(
            np.int16
        )
        starts = range(0, tone.size - tone.size % _MP2_SAMPLES, _MP2_SAMPLES)
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = index, Fraction(1, 30)
            container.mux(video.encode(frame))
            for start in (each for each in starts if each * 30 // RATE == index):
                samples = tone[start : start + _MP2_SAMPLES].repeat(2).reshape(1, -1)
                part = av.AudioFrame.from_ndarray(samples, "s16", "stereo")
                part.sample_rate, part.pts, part.time_base = RATE, start, Fraction(1, RATE)
                container.mux(sound.encode(part))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))


@pytest.mark.parametrize("suffix", [".mpg", ".ts"])
def test_joined_recordings_play_on(tmp_path: Path, astronaut_bgr: U8Image, suffix: str) -> None:
    path = doubled(tmp_path / f"in{suffix}", walk(astronaut_bgr, 60))
    with RecordingReader(path, salvage=suffix == ".ts") as reader:
        seconds = [parcel.frame.timing.seconds for parcel in reader.parcels() if parcel.frame is not None]
    steps = [after - before for before, after in itertools.pairwise(seconds)]
    assert len(seconds) >= 118  # what lay open at the seam may be lost
    assert np.median(steps) == pytest.approx(1 / 30, abs=1e-3)
    assert 0 < min(steps) <= max(steps) < 0.2
    assert seconds[-1] - seconds[0] == pytest.approx(4, abs=0.3)


@pytest.mark.usefixtures("real_model")
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_joined_recording_is_made_with_its_sound(
    tmp_path: Path, astronaut_bgr: U8Image, suffix: str
) -> None:
    path = doubled(tmp_path / "in.mpg", walk(astronaut_bgr, 60))
    with Segmenter(device="CPU") as segmenter:
        convert_recording(path, tmp_path / f"out{suffix}", segmenter)
    with av.open(str(tmp_path / f"out{suffix}")) as made:
        lasts = {stream.type: 0.0 for stream in made.streams}
        for packet in made.demux():
            if packet.pts is not None:
                kind = packet.stream.type
                lasts[kind] = max(lasts[kind], float(packet.pts * packet.time_base))
    assert lasts["video"] == pytest.approx(4, abs=0.3)
    assert lasts["audio"] == pytest.approx(4, abs=0.3)
