"""Recordings from Python, with the real model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.recording.clips import UNEVEN, frames, tracks, walk, write_clip

from selfieseg_engine import Look, Segmenter, convert_recording, parse_background, read_recording
from selfieseg_engine.errors import PictureError
from selfieseg_engine.recording.errors import MisuseError, RecordingError

U8Image = npt.NDArray[np.uint8]


@pytest.fixture
def clip(tmp_path: Path, astronaut_bgr: U8Image) -> Path:
    return write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 8), ticks=UNEVEN, sound_from=0)


def test_frames_come_with_their_times(clip: Path) -> None:
    found = list(read_recording(str(clip)))
    assert [frame.seconds for frame in found] == [float(time) for time in tracks(clip)["video"].times]
    for frame, picture in zip(found, frames(clip), strict=True):
        assert frame.alpha is None
        assert np.abs(frame.bgr.astype(int) - picture).mean() < 2


def test_what_is_no_recording_is_told(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(PictureError, match="there is no such file"):
        next(read_recording(tmp_path / "no.mp4"))
    clip.write_bytes(clip.read_bytes()[:-200])
    with pytest.raises(RecordingError, match="is damaged"):
        next(read_recording(clip))


@pytest.mark.usefixtures("real_model")
def test_it_makes_what_the_look_or_the_text_says(clip: Path, tmp_path: Path) -> None:
    made, counted = [tmp_path / "text.mkv", tmp_path / "look.mkv"], []
    with Segmenter(device="CPU") as segmenter:
        report = convert_recording(
            clip,
            made[0],
            segmenter,
            "color:#0000FF",
            matte=tmp_path / "m.mkv",
            on_frame=lambda: counted.append(1),
        )
        convert_recording(clip, made[1], segmenter, look=Look(parse_background("color:#0000FF")))
    assert (report.frames, len(counted), report.codec) == (8, 8, "libx264")
    assert tracks(made[0]) == tracks(made[1])
    for picture, matte in zip(frames(made[0]), frames(tmp_path / "m.mkv", "gray"), strict=True):
        assert np.abs(picture[matte == 0].astype(int) - (255, 0, 0)).mean() < 6


@pytest.mark.usefixtures("real_model")
def test_nothing_is_left_of_what_goes_wrong(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"

    def stop() -> None:
        raise RuntimeError("enough")

    with Segmenter(device="CPU") as segmenter:
        with pytest.raises(MisuseError, match="would be written over"):
            convert_recording(clip, clip, segmenter)
        with pytest.raises(MisuseError, match="are for recordings"):
            convert_recording(clip, f"{folder}/", segmenter, crf=3)
        with pytest.raises(RecordingError, match="cannot hold transparency"):
            convert_recording(clip, folder / "out.mp4", segmenter, "transparent")
        with pytest.raises(RuntimeError, match="enough"):
            convert_recording(clip, folder / "out.mp4", segmenter, on_frame=stop)
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("real_model")
def test_pictures_for_a_folder_that_is_there_are_made_in_it(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder around it may be another disk's, or not be ours to write to."""
    folder, made_in = tmp_path / "there", []
    folder.mkdir()
    make = tempfile.mkdtemp

    def noted(**where: Any) -> str:
        made_in.append(where["dir"])
        return str(make(**where))

    with Segmenter(device="CPU") as segmenter:
        monkeypatch.setattr(tempfile, "mkdtemp", noted)
        convert_recording(clip, folder, segmenter)
    assert made_in == [folder]
    assert [path.name for path in sorted(folder.iterdir())] == [f"{number:06}.png" for number in range(1, 9)]
