"""Background pictures, decoded into a region that a filter has mapped."""

from __future__ import annotations

import os
import queue
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from selfieseg_engine.pictures import MAX_PICTURE_BYTES, write_picture
from selfieseg_engine.server import backdrops
from selfieseg_engine.server.backdrops import BackdropWorker, fulfil
from selfieseg_wire.messages import Backdrop, BackdropDone, decode, encode
from selfieseg_wire.shared_region import SharedRegion

WIDTH, HEIGHT = 4, 2
SIZE = WIDTH * HEIGHT * 4


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


@pytest.fixture
def region(run_dir: Path) -> Path:
    path = run_dir / "backdrop-1-1"
    path.write_bytes(bytes(SIZE + 8))
    return path


@pytest.fixture
def red(tmp_path: Path) -> Path:
    """Return a picture that is red, and blue in the columns that covering cuts off."""
    path = tmp_path / "röd.png"
    picture = np.zeros((6, 20, 3), np.uint8)
    picture[:] = (250, 2, 1)
    picture[:, 4:16] = (1, 2, 250)
    write_picture(path, picture)
    return path


def asked(picture: Path | str, region: Path | str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Backdrop:
    return Backdrop(3, 9, str(picture), str(region), *size)


def test_the_picture_covers_and_is_rgbx(run_dir: Path, region: Path, red: Path) -> None:
    assert fulfil(asked(red, region), run_dir) == BackdropDone(3, 9, "", "")
    assert region.read_bytes() == bytes([250, 2, 1, 255]) * (WIDTH * HEIGHT) + bytes(8)


def test_what_the_maker_has_mapped_changes(run_dir: Path, red: Path) -> None:
    with SharedRegion.create(run_dir / "backdrop-1-2", SIZE) as mine:
        assert fulfil(asked(red, mine.path), run_dir).trouble == ""
        with mine.memory as memory:
            assert bytes(memory[:4]) == bytes([250, 2, 1, 255])


def test_pictures_that_cannot_be_shown(run_dir: Path, region: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("no picture")
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    huge = tmp_path / "huge.png"
    with huge.open("wb") as file:
        file.truncate(MAX_PICTURE_BYTES + 1)
    wide = tmp_path / "wide.png"
    write_picture(wide, np.zeros((1, 16385, 3), np.uint8))
    expected = {
        str(tmp_path / "nothing.png"): "no such file",
        str(text): "not a picture",
        str(tmp_path): "folder",
        str(pipe): "not a plain file",
        "/dev/zero": "not a plain file",
        str(huge): "too large",
        str(wide): "too large",
        "": "none is chosen",
        f"{text}\0": "null",
    }
    for path, words in expected.items():
        done = fulfil(asked(path, region), run_dir)
        assert words in done.trouble, path
        assert done.remedy, path
        assert decode(encode(done)) == done
    assert region.read_bytes() == bytes(SIZE + 8)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_picture_without_permission(run_dir: Path, region: Path, red: Path) -> None:
    red.chmod(0)
    assert "ermission" in fulfil(asked(red, region), run_dir).trouble


def test_regions_that_must_not_be_written(run_dir: Path, region: Path, red: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(bytes(SIZE))
    link, folder, empty, short, pipe = (run_dir / f"backdrop-2-{number}" for number in range(5))
    link.symlink_to(outside)
    folder.mkdir()
    empty.touch()
    short.write_bytes(bytes(SIZE - 1))
    os.mkfifo(pipe)
    others = [run_dir / name for name in ("ring-1-1", "engine.json", "backdrop-1", "backdrop-1-1.txt")]
    for path in others:
        path.write_bytes(bytes(SIZE))
    named = [
        str(outside),
        f"{run_dir}/../outside",
        f"{run_dir}/backdrop-1-1/../../outside",
        *map(str, (link, folder, empty, short, pipe, run_dir / "backdrop-2-9", *others)),
        *("", ".", "/dev/null", str(run_dir), f"{region}\0", "backdrop-1-1"),
    ]
    for name in named:
        done = fulfil(asked(red, name), run_dir)
        assert "memory for the background" in done.trouble, name
    for path in (outside, *others):
        assert path.read_bytes() == bytes(SIZE)


def test_a_picture_that_cannot_be_decoded_maps_nothing(
    run_dir: Path, region: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not_open(*_arguments: object) -> SharedRegion:
        raise AssertionError("it was mapped")

    monkeypatch.setattr(SharedRegion, "open", must_not_open)
    assert "no such file" in fulfil(asked(tmp_path / "nothing.png", region), run_dir).trouble


def test_a_fault_of_ours_is_told(
    run_dir: Path, region: Path, red: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(backdrops, "_decode_into_region", fail)
    done = fulfil(asked(red, region), run_dir)
    assert "a fault" in done.trouble
    assert "a fault" in caplog.text


def test_no_memory_is_told_of_the_picture(
    run_dir: Path, region: Path, red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(backdrops, "_decode_into_region", fail)
    assert "too large" in fulfil(asked(red, region), run_dir).trouble


def test_the_newest_request_of_a_session_wins(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who walks through a folder of pictures waits for the one where he stopped, not for all."""
    may_go = threading.Event()
    begun = threading.Event()
    answers: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()

    def slow(request: Backdrop, _run_dir: Path) -> BackdropDone:
        begun.set()
        assert may_go.wait(10)
        return BackdropDone(request.session, request.serial, "", "")

    monkeypatch.setattr(backdrops, "fulfil", slow)
    worker = BackdropWorker(run_dir, lambda serial, done: answers.put((serial, done.serial)))
    worker.ask(1, Backdrop(1, 1, "a", "r", 1, 1))
    assert begun.wait(10)
    for number in (2, 3, 4):
        worker.ask(1, Backdrop(1, number, "a", "r", 1, 1))
    worker.ask(2, Backdrop(1, 50, "a", "r", 1, 1))
    may_go.set()
    assert [answers.get(timeout=10) for _ in range(3)] == [(1, 1), (1, 4), (2, 50)]
    assert worker.close(10)
    assert answers.empty()
    deadline = time.monotonic() + 10
    while any(thread.name == "backdrops" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "the thread leaves when there is nothing to do"
        time.sleep(0.001)


def test_a_drive_that_hangs_holds_nobody_else_up(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    comes_back = threading.Event()
    answers: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()

    def fulfil(request: Backdrop, _run_dir: Path) -> BackdropDone:
        assert request.picture_path != "gone" or comes_back.wait(60)
        return BackdropDone(request.session, request.serial, "", "")

    monkeypatch.setattr(backdrops, "fulfil", fulfil)
    monkeypatch.setattr(backdrops, "_PATIENCE_SECONDS", 0.05)
    worker = BackdropWorker(run_dir, lambda serial, done: answers.put((serial, done.serial)))
    worker.ask(1, Backdrop(1, 1, "gone", "r", 1, 1))
    for number in range(2, 7):
        worker.ask(number, Backdrop(1, number, "here", "r", 1, 1))
    assert [answers.get(timeout=10) for _ in range(5)] == [(number, number) for number in range(2, 7)]
    for number in range(10, 40):  # whoever tries again and again gets no thread for each
        worker.ask(number, Backdrop(1, number, "gone", "r", 1, 1))
        assert sum(thread.name == "backdrops" for thread in threading.enumerate()) <= backdrops._MOST_THREADS
    assert not worker.close(0.1)
    comes_back.set()
    assert worker.close(10)
