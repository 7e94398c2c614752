"""What a recording gives frame by frame. These need no model."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.recording.clips import TIME_BASE, walk, write_clip

from selfieseg_engine.recording.errors import RecordingError
from selfieseg_engine.recording.parcels import Frame, SourceFrame
from selfieseg_engine.recording.reader import RecordingReader
from selfieseg_engine.recording.span import Span

U8Image = npt.NDArray[np.uint8]


def read(path: Path, salvage: bool = False) -> list[Frame[SourceFrame]]:
    with RecordingReader(path, salvage) as reader:
        return [parcel.frame for parcel in reader.parcels() if parcel.frame is not None]


def cut_outs(count: int, side: int = 64) -> list[U8Image]:
    """Return BGRA pictures: a square of one colour that goes to the right, nothing beside it."""
    pictures = []
    for step in range(count):
        picture = np.zeros((side, side, 4), np.uint8)
        picture[16:48, 2 * step : 2 * step + 32] = (200, 120, 60, 255)
        pictures.append(picture)
    return pictures


def write_cut_outs(path: Path, pictures: list[U8Image], codec: str) -> Path:
    """Write a WebM or MKV with a second picture beside each for the transparency, as WebM has it."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream(codec, 30, options={"crf": "10", "auto-alt-ref": "0"})
        context = video.codec_context
        context.width, context.height, context.pix_fmt = *pictures[0].shape[1::-1], "yuva420p"
        context.time_base, context.bit_rate = TIME_BASE, 4_000_000
        video.metadata["alpha_mode"] = "1"
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "bgra").reformat(format="yuva420p")
            frame.pts, frame.time_base = index * 512, TIME_BASE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
@pytest.mark.parametrize("suffix", [".webm", ".mkv"])
def test_the_transparency_of_vp8_and_vp9_is_read(tmp_path: Path, codec: str, suffix: str) -> None:
    """FFmpeg's own decoders of both give the colours only: a cut-out came back as an opaque picture."""
    pictures = cut_outs(12)
    frames = read(write_cut_outs(tmp_path / f"in{suffix}", pictures, codec))
    assert [frame.timing.seconds for frame in frames] == [
        float(round(Fraction(index, 30) * 1000) / Fraction(1000)) for index in range(12)
    ]
    for frame, picture in zip(frames, pictures, strict=True):
        assert frame.content.alpha is not None
        assert np.abs(frame.content.alpha.astype(int) - picture[:, :, 3]).mean() < 3
        assert np.abs(frame.content.bgr.astype(int)[picture[:, :, 3] == 255] - (200, 120, 60)).mean() < 6


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_what_does_not_say_that_it_is_transparent_is_opaque(
    tmp_path: Path, astronaut_bgr: U8Image, codec: str
) -> None:
    frames = read(write_clip(tmp_path / "in.webm", walk(astronaut_bgr, 3), codec=codec))
    assert len(frames) == 3
    assert all(frame.content.alpha is None for frame in frames)


def write_two_tracks(path: Path, counts: tuple[int, int]) -> Path:
    """Write a recording with two tracks of pictures, so many in each."""
    with av.open(str(path), "w") as container:
        tracks: list[Any] = [container.add_stream("libx264", 30, time_base=TIME_BASE) for _ in counts]
        for track in tracks:
            track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for track, count in zip(tracks, counts, strict=True):
            for index in range(count):
                frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), index, np.uint8), "bgr24")
                frame.pts, frame.time_base = index * 512, TIME_BASE
                container.mux(track.encode(frame))
            container.mux(track.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_another_track_may_be_longer(tmp_path: Path, suffix: str) -> None:
    """The recording's length is that of all tracks, of which only one is made."""
    assert len(read(write_two_tracks(tmp_path / f"in{suffix}", (30, 90)))) == 30


def test_sound_that_goes_on_is_no_damage_to_the_last_part(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    path = tmp_path / "in.mp4"
    write_clip(path, walk(astronaut_bgr, 45), sound_from=1.5)
    span = Span(0, 0, 0, None, ())
    with RecordingReader(path, span=span) as reader:
        assert (reader.container.duration or 0) > 2.9e6  # the pictures end after 1.5 seconds
        assert sum(parcel.frame is not None for parcel in reader.parcels()) == 45


def test_a_transparent_webm_that_is_cut_off_is_told_or_salvaged(tmp_path: Path) -> None:
    """The other decoder's complaints are told like those of the usual one."""
    source = write_cut_outs(tmp_path / "in.webm", cut_outs(60, side=160), "libvpx-vp9")
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match="is damaged"):
        read(source)
    assert 0 < len(read(source, salvage=True)) < 60
