"""`selfieseg batch` on workers of this machine: real processes, the real model, recordings made here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import psutil
import pytest
from tests.unit.engine.batch.batch_command import (
    SEGMENTS,
    batch,
    command,
    hashes,
    segments_done,
    shelf,
    states,
    wait_until,
)
from tests.unit.engine.recording.clips import frames, tracks

from selfieseg_engine.batch.work_folder import NAME

U8Image = npt.NDArray[np.uint8]

pytestmark = pytest.mark.usefixtures("real_model")

_ALL = ["long.mp4", "silent.mov", "sub/short.mkv", "sub/still.png"]


@pytest.fixture
def source(tmp_path: Path, astronaut_bgr: U8Image) -> Path:
    return shelf(tmp_path / "in", astronaut_bgr)


def unlike(first: Path, second: Path) -> dict[int, int]:
    """Return which frames of two videos are unlike, and by how many levels at most."""
    pairs = enumerate(zip(frames(first), frames(second), strict=True))
    return {number: int(cv2.absdiff(*pair).max()) for number, pair in pairs if not np.array_equal(*pair)}


def test_one_and_two_workers_make_the_same_and_a_second_run_nothing(source: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    mattes = ["--matte", tmp_path / "mattes"]
    answer = batch(source, one, "--workers", 1, *mattes)
    first = hashes(tmp_path / "mattes")
    assert states(answer) == {Path(name).name: "done" for name in _ALL}
    assert answer["files"][0]["segments"] == SEGMENTS
    assert list(first) == ["long.mkv", "silent.mkv", "sub/short.mkv", "sub/still.png"]
    shutil.copytree(tmp_path / "mattes", tmp_path / "first mattes")
    answer = batch(source, two, "--workers", 2, *mattes)
    assert answer["files"][0]["segments"] == SEGMENTS, answer["stderr"]
    assert list(hashes(one)) == _ALL
    assert unlike(tmp_path / "first mattes" / "long.mkv", tmp_path / "mattes" / "long.mkv") == {}
    assert unlike(one / "long.mp4", two / "long.mp4") == {}
    assert hashes(one) == hashes(two)
    assert hashes(tmp_path / "mattes") == first
    before, after = tracks(source / "long.mp4"), tracks(one / "long.mp4")
    assert after["video"].times == before["video"].times
    assert (after["audio"], after["subtitle"]) == (before["audio"], before["subtitle"])
    assert len(frames(one / "long.mp4")) == len(frames(tmp_path / "mattes" / "long.mkv")) == 150
    stamps = {name: (one / name).stat().st_mtime_ns for name in _ALL}
    assert batch(source, one, "--workers", 2, *mattes)["unchanged"] == 4
    assert {name: (one / name).stat().st_mtime_ns for name in _ALL} == stamps


def test_only_what_is_missing_or_changed_is_made(
    source: Path, tmp_path: Path, astronaut_bgr: U8Image
) -> None:
    out = tmp_path / "out"
    (source / "long.mp4").unlink()
    batch(source, out)
    (out / "silent.mov").unlink()
    cv2.imwrite(str(source / "sub" / "still.png"), astronaut_bgr)
    cv2.imwrite(str(source / "new.png"), astronaut_bgr)
    wanted = {"silent.mov": "done", "short.mkv": "unchanged", "still.png": "done", "new.png": "done"}
    assert states(batch(source, out)) == wanted
    assert set(states(batch(source, out, "--background", "grayscale")).values()) == {"done"}


def test_a_file_that_fails_is_told_and_passed_over(source: Path, tmp_path: Path) -> None:
    (source / "text.mp4").write_text("no recording")
    content = (source / "long.mp4").read_bytes()
    (source / "long.mp4").write_bytes(content[:60000] + bytes(3000) + content[63000:])  # broken inside
    out = tmp_path / "out"
    answer = batch(source, out, "--workers", 2, status=1)
    assert states(answer) == {
        "long.mp4": "failed",
        "silent.mov": "done",
        "short.mkv": "done",
        "still.png": "done",
        "text.mp4": "failed",
    }
    errors = {Path(each["input"]).name: each["error"] for each in answer["files"]}
    assert "long.mp4 is damaged at frame" in errors["long.mp4"]
    assert "it is not a recording" in errors["text.mp4"]
    last = answer["stderr"].splitlines()[-1]
    assert last.startswith("error: 2 of 5 files could not be made, ")
    assert list(hashes(out)) == ["silent.mov", "sub/short.mkv", "sub/still.png"]
    salvaged = batch(source, out, "--salvage", status=1)
    assert states(salvaged)["long.mp4"] == "done"


def test_frames_become_folders(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--format", "frames", "--background", "transparent")
    batch(source, out, *options)
    assert len(list((out / "long").iterdir())) == 150
    assert len(list((out / "sub" / "short").iterdir())) == 12
    assert batch(source, out, *options)["unchanged"] == 4
    (out / "sub" / "short" / "000003.png").unlink()
    assert states(batch(source, out, *options))["short.mkv"] == "done"
    assert len(list((out / "sub" / "short").iterdir())) == 12


def test_a_folder_of_somebody_elses_is_not_replaced(source: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "out" / "silent" / "holiday.png"
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    answer = batch(source, tmp_path / "out", "--format", "frames", status=1)
    assert states(answer)["silent.mov"] == "failed"
    assert list(theirs.parent.iterdir()) == [theirs]


def test_a_folder_of_pictures_with_another_file_in_it_is_not_replaced(source: Path, tmp_path: Path) -> None:
    (source / "long.mp4").unlink()
    out = tmp_path / "out"
    batch(source, out, "--format", "frames")
    theirs = out / "silent" / "notes.txt"
    theirs.write_text("mine")
    assert states(batch(source, out, "--format", "frames", status=1))["silent.mov"] == "failed"
    assert theirs.read_text() == "mine"


def test_a_folder_in_the_way_of_a_file_stays(source: Path, tmp_path: Path) -> None:
    (source / "long.mp4").unlink()
    theirs = tmp_path / "out" / "silent.mov" / "holiday.png"
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    answer = batch(source, tmp_path / "out", status=1)
    assert states(answer) == {"silent.mov": "failed", "short.mkv": "done", "still.png": "done"}
    assert "silent.mov cannot be written, it is a folder, remove it" in answer["stderr"]
    assert theirs.is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all names are text")
def test_names_that_are_no_text(source: Path, tmp_path: Path) -> None:
    (source / "long.mp4").unlink()
    (source / "silent.mov").rename(source / os.fsdecode(b"caf\xe9.mov"))
    (source / "sub" / "still.png").rename(source / os.fsdecode(b"caf\xe9.png"))
    for state in ("done", "unchanged"):
        answer = batch(source, tmp_path / "out")
        assert states(answer) == dict.fromkeys(
            (os.fsdecode(b"caf\xe9.mov"), os.fsdecode(b"caf\xe9.png"), "short.mkv"), state
        )


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs another file system, and knows this one")
def test_mattes_may_go_to_another_disk(source: Path, tmp_path: Path) -> None:
    (source / "long.mp4").unlink()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        assert Path(other).stat().st_dev != tmp_path.stat().st_dev
        for options in ((), ("--format", "frames"), ("--format", "frames", "--background", "none")):
            batch(source, tmp_path / "out", "--matte", Path(other) / "mattes", *options)
        made = sorted(path.name for path in (Path(other) / "mattes").iterdir())
        assert made == ["silent", "silent.mkv", "sub"]
        assert len(list((Path(other) / "mattes" / "silent").iterdir())) == 10


def test_the_background_may_be_named_from_here_and_must_be_there(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "long.mp4").unlink()
    cv2.imwrite(str(tmp_path / "green.png"), np.full((20, 20, 3), (0, 255, 0), np.uint8))
    monkeypatch.chdir(tmp_path)
    batch(source, Path("out"), "--background", "image:green.png")
    still = cv2.imread(str(tmp_path / "out" / "sub" / "still.png"))
    assert still is not None
    assert (still == (0, 255, 0)).all(axis=2).any()
    done = subprocess.run(
        command(source, Path("other"), "--background", "image:nosuch.png"), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "nosuch.png cannot be read" in done.stderr
    assert not Path("other").exists()


def test_killed_and_run_again_only_the_rest_is_made(source: Path, tmp_path: Path) -> None:
    """The command is gone without a word, as where the machine goes down."""
    reference, out = tmp_path / "reference", tmp_path / "out"
    batch(source, reference)
    process = subprocess.Popen(command(source, out, "--workers", 2), stdout=-1, stderr=-1, text=True)
    try:
        wait_until(lambda: segments_done(out) >= 2, process)
        workers = psutil.Process(process.pid).children(recursive=True)
    finally:
        process.kill()
        process.communicate()
    assert not (out / "long.mp4").exists()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert alive == []  # they leave with the command
    there = segments_done(out)
    answer = batch(source, out, "--workers", 2)
    assert answer["files"][0]["segments_reused"] >= 2
    assert segments_done(out) - there == SEGMENTS - answer["files"][0]["segments_reused"]
    assert hashes(out) == hashes(reference)
    assert [path.name for path in (out / NAME).iterdir() if path.name.startswith("run-")] == []


def test_ctrl_c_stops_all_and_keeps_what_is_done(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(source, out, "--workers", 2),
        stdout=-1,
        stderr=-1,
        text=True,
        start_new_session=True,
        # A shell's background job ignores it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_until(lambda: segments_done(out) >= 1, process)
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.splitlines()[-1].startswith("error: interrupted")
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    assert not (out / "long.mp4").exists()
    assert batch(source, out)["files"][0]["segments_reused"] >= 1


def test_a_worker_that_dies_is_replaced(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(command(source, out, "--workers", 2), stdout=-1, stderr=-1, text=True)
    wait_until(lambda: segments_done(out) >= 1, process)
    busy = [
        each for each in psutil.Process(process.pid).children() if "spawn_main" in " ".join(each.cmdline())
    ]
    assert len(busy) == 2
    busy[0].kill()
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert list(hashes(out)) == _ALL


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--workers", 2, "--cluster", "tcp://127.0.0.1:1"), "choose one"),
        (("--format", "frames", "--crf", 3), "--codec and --crf are for recordings"),
    ],
)
def test_contradictions_are_told(tmp_path: Path, options: tuple[object, ...], told: str) -> None:
    done = subprocess.run(command(tmp_path, tmp_path / "out", *options), capture_output=True, text=True)
    assert done.returncode == 2
    assert told in done.stderr
