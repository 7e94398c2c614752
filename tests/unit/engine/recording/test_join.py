"""Recordings that are made in parts and joined are as those made in one go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.recording.clips import frames, tracks, walk, write_clip

from selfieseg_engine import Segmenter
from selfieseg_engine.batch.splitting import split
from selfieseg_engine.composite.background import parse_background
from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording.errors import UnreadableError
from selfieseg_engine.recording.join import NotJoinedError, join_segments
from selfieseg_engine.recording.outputs import Output
from selfieseg_engine.recording.pipeline import RecordingJob, make_recording, plan_pictures
from selfieseg_engine.recording.reader import RecordingReader
from selfieseg_engine.recording.segment import SegmentFiles, can_be_joined, make_segment
from selfieseg_engine.recording.span import Span
from selfieseg_engine.recording.timeline import read_timeline

U8Image = npt.NDArray[np.uint8]

pytestmark = pytest.mark.usefixtures("real_model")

_FRAMES = 90
_GOP = {"g": "20", "sc_threshold": "0"}
# Uneven, and never the same distance twice in a row.
_TICKS = [512 * index + (index % 3) * 100 for index in range(_FRAMES)]


@pytest.fixture
def clip(tmp_path: Path, astronaut_bgr: U8Image) -> Path:
    """Return 3 s with a key frame every 20 frames, B-frames, sound and subtitles."""
    return write_clip(
        tmp_path / "in.mp4",
        walk(astronaut_bgr, _FRAMES),
        ticks=_TICKS,
        sound_from=0.1,
        subtitles="mov_text",
        options=_GOP,
    )


@pytest.fixture
def segmenter() -> Any:
    with Segmenter("selfie_segmentation_landscape", "CPU", 1) as made:
        yield made


def nothing() -> None:
    pass


def make_whole(source: Path, segmenter: Segmenter, job: RecordingJob) -> None:
    with RecordingReader(source) as reader:
        make_recording(reader, segmenter, job, nothing)


def make_parts(source: Path, segmenter: Segmenter, job: RecordingJob, folder: Path) -> list[SegmentFiles]:
    timeline = read_timeline(source)
    assert timeline is not None
    parts = split(timeline, 1)
    assert len(parts) == 2
    made = []
    for index, part in enumerate(parts):
        mattes = None if job.matte_output is None else folder / f"{index}.matte.part"
        files = SegmentFiles(folder / f"{index}.part", mattes)
        with RecordingReader(source, span=part.span) as reader:
            assert make_segment(reader, segmenter, job, files, nothing) == part.frames
        made.append(files)
    return made


def join(source: Path, job: RecordingJob, files: list[SegmentFiles], out: Path) -> tuple[int, list[str]]:
    with RecordingReader(source) as reader:
        plan = plan_pictures(job, reader.facts)
        assert plan is not None
        assert can_be_joined(job, plan)
        segments = [each.pictures for each in files]
        return join_segments(segments, job.output, out, plan, reader, source, job.leave_out)


@pytest.mark.parametrize(
    ("suffix", "codec", "background"),
    [
        (".mp4", None, "blur"),
        (".mov", None, "blur"),
        (".mkv", None, "blur"),
        (".webm", None, "blur"),
        (".mp4", "libx265", "blur"),
        (".mkv", "libx265", "blur"),
        (".mkv", "ffv1", "blur"),
        (".mov", "prores_ks", "blur"),
        (".mov", None, "transparent"),
        (".mkv", None, "transparent"),
    ],
)
def test_joined_is_as_whole(
    clip: Path, tmp_path: Path, segmenter: Segmenter, suffix: str, codec: str | None, background: str
) -> None:
    look = Look(background=parse_background(background))
    output = Output(tmp_path / f"whole{suffix}")
    job = RecordingJob(output, None, look, codec, leave_out=True, repeatable=True)
    make_whole(clip, segmenter, job)
    joined = tmp_path / f"joined{suffix}"
    count, left_out = join(clip, job, make_parts(clip, segmenter, job, tmp_path), joined)
    assert count == _FRAMES
    assert (left_out != []) == (suffix in (".webm", ".mkv"))  # no AAC, no mov_text
    before, after = tracks(job.output.path), tracks(joined)
    assert after["video"].times == before["video"].times
    assert after["video"].codec == before["video"].codec
    assert len(after["video"].times) == _FRAMES
    assert {kind: track for kind, track in after.items() if kind != "video"} == {
        kind: track for kind, track in before.items() if kind != "video"
    }
    pixels = "bgra" if background == "transparent" else "bgr24"
    for old, new in zip(frames(job.output.path, pixels), frames(joined, pixels), strict=True):
        assert np.abs(old.astype(int) - new).mean() < 4  # encoded anew from another key frame


def test_the_first_part_is_the_same_to_the_bit(clip: Path, tmp_path: Path, segmenter: Segmenter) -> None:
    """Nothing but looking anew tells whether a recording goes on after a part."""
    job = RecordingJob(Output(tmp_path / "whole.mkv"), None, Look(), "ffv1", leave_out=True, repeatable=True)
    make_whole(clip, segmenter, job)
    timeline = read_timeline(clip)
    assert timeline is not None
    part = split(timeline, 1)[0]
    files = SegmentFiles(tmp_path / "0.part", None)
    with RecordingReader(clip, span=replace(part.span, anew=())) as reader:
        make_segment(reader, segmenter, job, files, nothing)
    made = frames(files.pictures)
    assert len(made) == part.frames > 30
    assert all(map(np.array_equal, made, frames(job.output.path)[: part.frames]))


def test_the_lead_in_gives_the_mattes_frames_to_lean_on(
    clip: Path, tmp_path: Path, segmenter: Segmenter
) -> None:
    """The matte of a part's first frame is that of the whole recording, not that of a new stream."""
    job = RecordingJob(
        Output(tmp_path / "whole.mp4"), Output(tmp_path / "matte.mkv"), Look(), repeatable=True
    )
    make_whole(clip, segmenter, job)
    whole = frames(tmp_path / "matte.mkv", "gray")
    timeline = read_timeline(clip)
    assert timeline is not None
    part = split(timeline, 1)[1]
    begin = _FRAMES - part.frames

    def first_matte(span: Span) -> npt.NDArray[Any]:
        files = SegmentFiles(tmp_path / "a.part", tmp_path / "b.part")
        with RecordingReader(clip, span=span) as reader:
            make_segment(reader, segmenter, job, files, nothing)
        assert files.mattes is not None
        return frames(files.mattes, "gray")[0]

    led = np.abs(first_matte(part.span).astype(int) - whole[begin]).mean()
    start = part.span.start
    key = next(key for key in timeline.keys if key.pts == start)
    fresh = np.abs(first_matte(Span(key.dts, start, start, None)).astype(int) - whole[begin]).mean()
    assert led < fresh / 2


def test_two_makings_give_the_same_bytes(clip: Path, tmp_path: Path, segmenter: Segmenter) -> None:
    made = []
    for name in ("a", "b"):
        for suffix in (".mkv", ".mp4", ".webm"):
            path = tmp_path / name / f"x{suffix}"
            path.parent.mkdir(exist_ok=True)
            make_whole(
                clip, segmenter, RecordingJob(Output(path), None, Look(), leave_out=True, repeatable=True)
            )
            made.append(path.read_bytes())
    assert made[:3] == made[3:]


def test_parts_that_are_encoded_otherwise_are_not_joined(
    clip: Path, tmp_path: Path, segmenter: Segmenter
) -> None:
    job = RecordingJob(Output(tmp_path / "whole.mp4"), None, Look(), repeatable=True)
    files = make_parts(clip, segmenter, job, tmp_path)
    other = RecordingJob(job.output, None, Look(), "libx265", repeatable=True)
    with pytest.raises(NotJoinedError, match="encoded otherwise"):
        join(clip, other, files, tmp_path / "joined.mp4")
    with pytest.raises(NotJoinedError, match="at one time"):
        join(clip, job, [files[0], files[0]], tmp_path / "joined.mp4")
    files[1].pictures.write_bytes(b"damaged")
    with pytest.raises(NotJoinedError):
        join(clip, job, files, tmp_path / "joined.mp4")


def test_a_span_that_is_not_there_is_told(clip: Path) -> None:
    timeline = read_timeline(clip)
    assert timeline is not None
    late = timeline.keys[-1]
    with pytest.raises(UnreadableError, match="not where its index says"):
        RecordingReader(clip, span=Span(late.dts, late.pts - 7, late.pts, None))


def test_what_has_no_index_or_is_damaged_has_no_timeline(clip: Path, tmp_path: Path) -> None:
    stream = write_clip(tmp_path / "a.ts", [np.zeros((48, 64, 3), np.uint8)] * 4)
    assert read_timeline(stream) is None
    whole = read_timeline(clip)
    assert whole is not None
    assert whole.shown == tuple(_TICKS)
    assert len(whole.keys) == 5
