"""`selfieseg video` from the command line, with the real model, on recordings that the tests write."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner, Result
from tests.unit.engine.recording.clips import RATE, UNEVEN, frames, tracks, turn, walk, write_clip

from selfieseg_engine import Segmenter
from selfieseg_engine.cli.main import cli
from selfieseg_engine.composite.compose import make_matte
from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording.reader import RecordingReader

U8Image = npt.NDArray[np.uint8]

pytestmark = pytest.mark.usefixtures("real_model")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["video", *map(str, arguments)])


def answer(*arguments: object) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def failure(*arguments: object, status: int = 1) -> str:
    done = run(*arguments)
    assert done.exit_code == status, done.output
    assert "Traceback" not in done.output
    if status == 1:
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
    return done.stderr


def names_in(folder: Path) -> list[str]:
    """Return what lies in a test's folder beside the engine's own data."""
    return sorted(path.name for path in folder.iterdir() if path.name != "data")


@pytest.fixture
def clip(tmp_path: Path, astronaut_bgr: U8Image) -> Path:
    """Return a recording with an uneven rate, sound that begins late, and subtitles."""
    return write_clip(
        tmp_path / "in.mp4", walk(astronaut_bgr, 8), ticks=UNEVEN, sound_from=0.1, subtitles="mov_text"
    )


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_times_sound_and_subtitles_are_the_inputs(clip: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out{suffix}"
    told = answer(clip, "-o", out)
    assert (told["frames"], told["width"], told["height"], told["left_out"]) == (8, 160, 120, [])
    before, after = tracks(clip), tracks(out)
    assert after["video"].times == before["video"].times
    for kind in ("audio", "subtitle"):
        assert after[kind] == before[kind]
    assert len(frames(out)) == 8


def test_matroska_keeps_distances_to_its_millisecond(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    """It knows no times before 0, where an MP4's AAC begins: then everything is later by the same."""
    ticks = [0, 512, 1400, 3000, 3600, 5120, 7000, 9000]
    source = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 8), ticks=ticks, sound_from=0)
    answer(source, "-o", tmp_path / "out.mkv")
    before, after = tracks(source), tracks(tmp_path / "out.mkv")
    late = [
        new - old
        for kind in ("video", "audio")
        for new, old in zip(after[kind].times, before[kind].times, strict=True)
    ]
    assert max(late) - min(late) <= Fraction(1, 1000)
    assert 0 <= min(late) < Fraction(1024, RATE)
    assert after["audio"].packets == before["audio"].packets


def test_matroska_to_matroska_is_exact(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    source = write_clip(tmp_path / "in.mkv", walk(astronaut_bgr, 8), sound_from=0.1, subtitles="subrip")
    answer(source, "-o", tmp_path / "out.mkv")
    before, after = tracks(source), tracks(tmp_path / "out.mkv")
    assert after["video"].times == before["video"].times
    assert after["audio"] == before["audio"]
    assert after["subtitle"] == before["subtitle"]


def test_pictures_that_begin_after_the_sound_still_do(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    ticks = [5000 + 512 * index for index in range(6)]
    source = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 6), ticks=ticks, sound_from=0)
    answer(source, "-o", tmp_path / "out.mp4")
    before, after = tracks(source), tracks(tmp_path / "out.mp4")
    assert before["video"].times[0] - before["audio"].times[0] > Fraction(3, 10)
    assert after["video"].times == before["video"].times
    assert after["audio"].times == before["audio"].times


def test_what_a_format_cannot_hold_stops_it_unless_it_may_be_left_out(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.webm"
    assert "audio stream 1 (aac) cannot be copied" in failure(clip, "-o", out)
    assert not out.exists()
    assert answer(clip, "-o", out, "--leave-out")["left_out"] == [
        "audio stream 1 (aac)",
        "subtitle stream 2 (mov_text)",
    ]
    assert len(frames(out)) == 8


def test_person_stays_and_background_goes(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    source = write_clip(
        tmp_path / "in.mkv", walk(astronaut_bgr, 4, (320, 240)), codec="ffv1", pixel_format="bgr0"
    )
    out, matte = tmp_path / "out.mkv", tmp_path / "matte.mkv"
    answer(source, "-o", out, "--matte", matte, "--background", "color:#00FF00", "--crf", 1)
    for before, after, grey in zip(frames(source), frames(out), frames(matte, "gray"), strict=True):
        assert np.abs(after.astype(int) - before)[grey == 255].mean() < 3
        assert np.abs(after.astype(int) - (0, 255, 0))[grey == 0].mean() < 3


def test_matte_recording_is_what_the_library_gives(clip: Path, tmp_path: Path) -> None:
    matte = tmp_path / "matte.mkv"
    answer(clip, "-o", tmp_path / "out.mp4", "--matte", matte, "--device", "CPU")
    with RecordingReader(clip) as reader, Segmenter("selfie_segmentation_landscape", "CPU") as segmenter:
        pictures = [parcel.frame.content.bgr for parcel in reader.parcels() if parcel.frame is not None]
        wanted = [make_matte(segmenter.segment(picture).matte, picture, Look()) for picture in pictures]
    made = frames(matte, "gray")
    assert len(made) == len(wanted) == 8
    for grey, expected in zip(made, wanted, strict=True):
        assert np.array_equal(grey, expected)
    before, after = tracks(clip)["video"].times, tracks(matte)["video"].times
    assert after == [Fraction(round(time * 1000), 1000) for time in before]


@pytest.mark.parametrize(("name", "is_webm"), [("out.mov", False), ("out.webm", True), ("out.mkv", False)])
def test_transparent_recordings_have_alpha(
    tmp_path: Path, astronaut_bgr: U8Image, name: str, is_webm: bool
) -> None:
    source = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 3))
    out, matte = tmp_path / name, tmp_path / "matte.mkv"
    answer(source, "-o", out, "--background", "transparent", "--matte", matte)
    alphas = webm_alphas(out) if is_webm else [frame[:, :, 3] for frame in frames(out, "bgra")]
    for alpha, grey in zip(alphas, frames(matte, "gray"), strict=True):
        assert (alpha.min(), alpha.max()) == (0, 255)
        assert np.abs(alpha.astype(int) - grey).mean() < 2


@pytest.mark.parametrize("first", ["first.mov", "first.webm", "first.mkv"])
def test_a_transparent_recording_of_ours_stays_transparent(
    tmp_path: Path, astronaut_bgr: U8Image, first: str
) -> None:
    """Made from a cut-out, a second cut-out has nothing where the first had nothing."""
    source = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 4))
    cut_out, again = tmp_path / first, tmp_path / "again.mkv"
    answer(source, "-o", cut_out, "--background", "transparent")
    answer(cut_out, "-o", again, "--background", "transparent", "--matte", tmp_path / "matte.mkv")
    with RecordingReader(cut_out) as reader:
        alphas = [parcel.frame.content.alpha for parcel in reader.parcels() if parcel.frame is not None]
    mattes = frames(tmp_path / "matte.mkv", "gray")
    for before, matte, after in zip(alphas, mattes, frames(again, "bgra"), strict=True):
        assert before is not None
        assert (before.min(), before.max()) == (0, 255)
        wanted = matte.astype(int) * before / 255
        assert np.abs(after[:, :, 3] - wanted).max() <= 1


def webm_alphas(path: Path) -> list[U8Image]:
    """Return what libvpx, which unlike FFmpeg's own decoder knows alpha, finds in a WebM."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert {key.lower(): value for key, value in stream.metadata.items()}["alpha_mode"] == "1"
        decoder: Any = av.CodecContext.create("libvpx-vp9", "r")
        decoded = [
            frame for packet in container.demux(stream) if packet.size for frame in decoder.decode(packet)
        ]
        return [frame.to_ndarray(format="bgra")[:, :, 3] for frame in decoded]


def test_transparent_pictures_are_numbered_png(clip: Path, tmp_path: Path) -> None:
    told = answer(
        clip, "-o", f"{tmp_path / 'cut'}/", "--background", "transparent", "--matte", tmp_path / "m%04d.png"
    )
    assert told["left_out"] == ["audio stream 1 (aac)", "subtitle stream 2 (mov_text)"]
    names = sorted(path.name for path in (tmp_path / "cut").iterdir())
    assert names == [f"{number:06d}.png" for number in range(1, 9)]
    for number in range(1, 9):
        bgra = cv2.imread(str(tmp_path / "cut" / f"{number:06d}.png"), cv2.IMREAD_UNCHANGED)
        matte = cv2.imread(str(tmp_path / f"m{number:04d}.png"), cv2.IMREAD_UNCHANGED)
        assert bgra is not None
        assert matte is not None
        assert np.array_equal(bgra[:, :, 3], matte)
        assert not bgra[cv2.dilate(matte, np.ones((33, 33))) == 0].any()  # the room is not in the file
    assert "it has pictures of such names already" in failure(clip, "-o", tmp_path / "cut")


def test_a_turned_recording_comes_out_upright(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    upright = walk(astronaut_bgr, 3, (120, 160))
    stored = [np.ascontiguousarray(np.rot90(picture)) for picture in upright]
    source = turn(write_clip(tmp_path / "in.mp4", stored), 0, 1, -1, 0)
    told = answer(source, "-o", tmp_path / "out.mkv", "--background", "none", "--crf", 1)
    assert (told["width"], told["height"]) == (120, 160)
    for made, wanted in zip(frames(tmp_path / "out.mkv"), upright, strict=True):
        assert np.abs(made.astype(int) - wanted).mean() < 8


@pytest.mark.parametrize(("width", "height"), [(1, 1), (161, 121), (161, 120), (3, 2)])
def test_odd_sizes_stay(tmp_path: Path, astronaut_bgr: U8Image, width: int, height: int) -> None:
    pictures = walk(astronaut_bgr, 3, (width, height))
    source = write_clip(tmp_path / "in.mkv", pictures, codec="ffv1", pixel_format="yuv444p")
    for name in ("out.mp4", "out.webm"):
        told = answer(source, "-o", tmp_path / name, "--matte", tmp_path / "matte.mp4")
        assert (told["width"], told["height"], told["frames"]) == (width, height, 3)
        assert [frame.shape for frame in frames(tmp_path / name)] == [(height, width, 3)] * 3
    cut_out, matte = tmp_path / "cut.mkv", tmp_path / "matte.mkv"
    answer(source, "-o", cut_out, "--matte", matte, "--background", "transparent")
    for path, pixel_format in ((cut_out, "bgra"), (matte, "gray")):
        assert [frame.shape[:2] for frame in frames(path, pixel_format)] == [(height, width)] * 3


def test_8192_wide(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mkv", [np.full((64, 8192, 3), 90, np.uint8)] * 2)
    assert answer(source, "-o", tmp_path / "out.mp4")["width"] == 8192


@pytest.mark.parametrize(
    ("codec", "pixel_format", "made"),
    [
        ("ffv1", "gray", "yuv420p"),
        ("ffv1", "bgra", "yuv444p"),
        ("ffv1", "gray16le", "yuv420p10le"),
        ("ffv1", "yuv422p10le", "yuv422p10le"),
        ("libx264", "yuv420p10le", "yuv420p10le"),
        ("libx264", "yuv444p", "yuv444p"),
    ],
)
def test_pixel_formats(
    tmp_path: Path, astronaut_bgr: U8Image, codec: str, pixel_format: str, made: str
) -> None:
    source = write_clip(tmp_path / "in.mkv", walk(astronaut_bgr, 3), codec=codec, pixel_format=pixel_format)
    told = answer(source, "-o", tmp_path / "out.mkv", "--background", "none", "--crf", 1)
    assert told["pixel_format"] == made
    for before, after in zip(frames(source), frames(tmp_path / "out.mkv"), strict=True):
        assert np.abs(after.astype(int) - before).mean() < 4


def test_10_bit_of_the_person_are_kept(tmp_path: Path) -> None:
    ramp = np.linspace(20000, 24000, 256).astype(np.uint16)
    picture = np.repeat(np.tile(ramp, (64, 1))[:, :, np.newaxis], 3, axis=2)
    source = write_clip(
        tmp_path / "in.mkv", [picture] * 2, codec="ffv1", pixel_format="yuv444p10le", array_format="bgr48le"
    )
    answer(source, "-o", tmp_path / "out.mkv", "--background", "none", "--codec", "ffv1")
    before, after = (frames(path, "gray10le")[0] for path in (source, tmp_path / "out.mkv"))
    assert len(np.unique(before)) > 40
    assert np.abs(after.astype(int) - before).max() <= 1


@pytest.mark.parametrize("tags", [(1, 1, 1, 1), (2, 5, 5, 6), (1, 9, 9, 16), (0, 2, 2, 2)])
def test_colour_tags_and_colours_stay(
    tmp_path: Path, astronaut_bgr: U8Image, tags: tuple[int, int, int, int]
) -> None:
    source = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 3), tags=tags)
    answer(source, "-o", tmp_path / "out.mp4", "--background", "none", "--crf", 1)
    found = []
    for path in (source, tmp_path / "out.mp4"):
        with av.open(str(path)) as container:
            planes = [frame.to_ndarray() for frame in container.decode(video=0)]
            context = container.streams.video[0].codec_context
            found.append(
                (context.color_range, context.colorspace, context.color_primaries, context.color_trc, planes)
            )
    assert found[1][:4] == found[0][:4]
    for before, after in zip(found[0][4], found[1][4], strict=True):
        assert np.abs(after.astype(int) - before).mean() < 1.5  # the numbers themselves, whatever they mean


def test_a_recording_plays_behind_the_person(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    source = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 6))
    behind = write_clip(
        tmp_path / "behind.mp4", [np.full((120, 160, 3), level, np.uint8) for level in (40, 90, 140)]
    )
    answer(
        source, "-o", tmp_path / "out.mp4", "--matte", tmp_path / "m.mkv", "--background", f"video:{behind}"
    )
    levels = [
        float(np.median(frame[grey == 0]))
        for frame, grey in zip(frames(tmp_path / "out.mp4"), frames(tmp_path / "m.mkv", "gray"), strict=True)
    ]
    assert levels == pytest.approx([40, 90, 140] * 2, abs=6)


def test_bad_inputs(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    out = tmp_path / "out.mp4"
    assert "there is no such file" in failure(tmp_path / "no.mp4", "-o", out)
    assert "it is a folder" in failure(tmp_path, "-o", out)
    empty, text, sound = (tmp_path / name for name in ("empty.mp4", "text.mp4", "sound.mp4"))
    empty.touch()
    assert "it is empty" in failure(empty, "-o", out)
    text.write_text("This is no recording.\n" * 100)
    assert "it is not a recording, or damaged" in failure(text, "-o", out)
    with av.open(str(sound), "w") as container:
        stream: Any = container.add_stream("aac", 48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "there are no pictures in it, only sound" in failure(sound, "-o", out)
    assert names_in(tmp_path) == ["empty.mp4", "sound.mp4", "text.mp4"]


def test_a_recording_that_may_not_be_read_is_a_failure(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so the refusal is played; click took it for a wrong use of the command."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    monkeypatch.setattr(Path, "open", refuse)
    told = failure(clip, "-o", tmp_path / "out.mp4")
    assert "in.mp4 cannot be read, Permission denied, check the name and its permissions" in told


@pytest.mark.parametrize("name", ["in.mp4", "fast.mp4", "in.mkv", "in.webm"])
@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_recording_that_is_cut_anywhere_is_told(
    tmp_path: Path, astronaut_bgr: U8Image, name: str, kept: float
) -> None:
    """The last second could be missing, in picture or sound, and nobody was told."""
    source = write_clip(
        tmp_path / name,
        walk(astronaut_bgr, 30),
        codec="libvpx-vp9" if name == "in.webm" else "libx264",
        sound_from=None if name == "in.webm" else 0,
        container_options={"movflags": "faststart"} if name == "fast.mp4" else None,
    )
    whole = source.read_bytes()
    cut = int(len(whole) * kept)
    source.write_bytes(whole[:cut])
    told = failure(source, "-o", tmp_path / f"out{source.suffix}")
    assert "is damaged" in told
    assert "bytes missing at its end: " in told
    assert "--salvage" in told
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize("name", ["in.mp4", "in.mkv"])
def test_a_truncated_recording_is_told_or_salvaged(tmp_path: Path, astronaut_bgr: U8Image, name: str) -> None:
    options = {"movflags": "faststart"} if name == "in.mp4" else None
    source = write_clip(
        tmp_path / name, walk(astronaut_bgr, 90), options={"g": "10", "bf": "0"}, container_options=options
    )
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    out = tmp_path / "out.mp4"
    assert "is damaged, " in failure(source, "-o", out)
    assert names_in(tmp_path) == [name]
    assert 20 < answer(source, "-o", out, "--salvage")["frames"] < 90


def test_an_mp4_without_its_index_cannot_be_read(clip: Path, tmp_path: Path) -> None:
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) // 2])
    assert "is damaged, " in failure(clip, "-o", tmp_path / "out.mp4")
    assert "it is not a recording, or damaged" in failure(clip, "-o", tmp_path / "out.mp4", "--salvage")


def test_a_recording_that_is_broken_in_the_middle_names_the_frame(
    tmp_path: Path, astronaut_bgr: U8Image
) -> None:
    """All its bytes are there: only the decoder can tell."""
    source = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 60, (320, 240)))
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = np.random.default_rng(1).bytes(400)
    source.write_bytes(content)
    out = tmp_path / "out.mp4"
    assert "is damaged at frame " in failure(source, "-o", out)
    assert names_in(tmp_path) == ["in.mp4"]
    assert 40 < answer(source, "-o", out, "--salvage")["frames"] <= 60


def test_bad_outputs(clip: Path, tmp_path: Path) -> None:
    assert "would be written over" in failure(clip, "-o", clip, status=2)
    assert "would be written over" in failure(
        clip, "-o", tmp_path / "a.mp4", "--matte", tmp_path / "a.mp4", status=2
    )
    assert "that format is not known here" in failure(clip, "-o", tmp_path / "out.avi")
    transparent = ("--background", "transparent")
    assert "cannot hold transparency" in failure(clip, "-o", tmp_path / "out.mp4", *transparent)
    assert "cannot hold transparency" in failure(
        clip, "-o", tmp_path / "out.mov", "--codec", "libx264", *transparent
    )
    assert "has no --crf" in failure(clip, "-o", tmp_path / "o.mov", "--codec", "prores_ks", "--crf", 3)
    assert "cannot hold libx264" in failure(clip, "-o", tmp_path / "o.webm", "--codec", "libx264")
    assert "are for recordings" in failure(clip, "-o", f"{tmp_path / 'p'}/", "--crf", 3, status=2)
    missing = f"image:{tmp_path / 'no.png'}"
    assert "there is no such file" in failure(clip, "-o", tmp_path / "o.mp4", "--background", missing)
    assert names_in(tmp_path) == ["in.mp4"]


def start(source: Path, out: Path, limit: int | None = None) -> subprocess.Popen[str]:
    """Start the command in a process of its own; no file of it may be larger than ``limit`` bytes."""

    def restrict() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
        if limit is not None:
            import resource

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [sys.executable, "-m", "selfieseg_engine", "video", str(source), "-o", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        preexec_fn=restrict if os.name == "posix" else None,
    )


@pytest.fixture
def long_clip(tmp_path: Path, astronaut_bgr: U8Image) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return write_clip(folder / "in.mp4", walk(astronaut_bgr, 400, (640, 480)))


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_leaves_nothing(long_clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    process = start(long_clip, folder / "out.mp4")
    begun = wait_for_a_part(folder, process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert begun
    assert process.returncode == 130
    assert told == "error: interrupted, nothing half-written is left, run it again\n"
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files")
def test_a_full_disk_leaves_nothing(long_clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    answer(
        write_clip(tmp_path / "first.mp4", [np.zeros((8, 8, 3), np.uint8)]),
        "-o",
        tmp_path / "has_a_model.mp4",
    )
    process = start(long_clip, folder / "out.mp4", limit=40_000)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "out.mp4 cannot be written, File too large" in told
    assert told.count("\n") == 1
    assert list(folder.iterdir()) == []


def wait_for_a_part(folder: Path, process: subprocess.Popen[str]) -> bool:
    """Wait until there is something half-written; return whether it came to that."""
    while process.poll() is None:
        if any(part.stat().st_size for part in folder.glob(".partial-*/*")):
            return True
        time.sleep(0.01)
    return False
