"""Looks at files, some of which hang as those on a drive that has gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.obs.conftest import FakeLibObs, claim

from selfieseg_obs import chosen_file
from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.chores import Chores
from selfieseg_obs.chosen_file import LOOK_SECONDS, PATIENCE_S, ChosenFile, FileLook
from selfieseg_obs.options import Options
from selfieseg_obs.picture_backgrounds import PictureBackgrounds
from selfieseg_obs.words import say
from selfieseg_wire.structs import Bridge, FilterEntry

KEY = "python.background.image"
GONE = "/gone/a.png"
start_on_a_thread = chosen_file.start_thread  # before conftest.py replaces it


class Drive:
    """One whose files hang until it is ``back``; the others are as they are."""

    def __init__(self) -> None:
        self.back = threading.Event()
        self.looks = 0
        self.threads: set[threading.Thread] = set()


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drive]:
    made = Drive()
    real: Callable[[str, str], ChosenFile] = chosen_file.look_at

    def look_at(path: str, key: str) -> ChosenFile:
        if path.startswith("/gone/"):
            made.threads.add(threading.current_thread())
            made.looks += 1
            made.back.wait()
        return real(path, key)

    monkeypatch.setattr(chosen_file, "start_thread", start_on_a_thread)
    monkeypatch.setattr(chosen_file, "look_at", look_at)
    yield made
    made.back.set()
    for thread in made.threads:
        thread.join()
    assert not chosen_file._under_way


def wait_for(look: FileLook, path: str, now: float) -> ChosenFile:
    while (found := look.follow(path, now)) is None:
        time.sleep(0.001)
    return found


def test_a_look_is_over_at_some_time(drive: Drive, tmp_path: Path) -> None:
    look = FileLook(KEY)
    (tmp_path / "a.png").write_text("abc")
    found = wait_for(look, str(tmp_path / "a.png"), 0.0)
    assert found.trouble == ""
    assert found.stamp == ((tmp_path / "a.png").stat().st_mtime_ns, 3)
    assert "does not exist" in wait_for(look, str(tmp_path / "b.png"), 0.0).trouble


def test_a_change_is_seen_by_the_next_look_and_not_before(tmp_path: Path) -> None:
    look, path = FileLook(KEY), tmp_path / "a.png"
    assert look.follow("", 0.0) == ChosenFile(say(f"{KEY}.none"), None)
    path.write_text("abc")
    first = look.follow(str(path), 0.0)
    path.write_text("abcd")
    assert look.follow(str(path), LOOK_SECONDS / 2) == first
    second = look.follow(str(path), LOOK_SECONDS)
    assert first is not None
    assert second is not None
    assert second.stamp != first.stamp


def test_a_look_that_hangs_is_told_and_no_other_thread_hangs_on_that_file(drive: Drive) -> None:
    looks = [FileLook(KEY) for _ in range(3)]
    for number in range(5):
        for look in looks:
            assert look.follow(GONE, number * PATIENCE_S / 5) is None
            assert look.follow("", 0.0) is not None, "chosen and left again"
            assert look.follow(GONE, number * PATIENCE_S / 5) is None
    late = looks[0].follow(GONE, 2 * PATIENCE_S)
    assert late is not None
    assert (late.stamp, "cannot be read" in late.trouble) == (None, True)
    while not drive.looks:
        time.sleep(0.001)
    assert drive.looks == 1
    drive.back.set()
    deadline = 3 * PATIENCE_S
    while "does not exist" not in (found := looks[0].follow(GONE, deadline) or late).trouble:
        time.sleep(0.001)
    assert found.stamp is None


def test_a_file_that_hangs_holds_up_no_other(drive: Drive, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("abc")
    hanging, look = FileLook(KEY), FileLook(KEY)
    assert hanging.follow(GONE, 0.0) is None
    assert wait_for(look, str(tmp_path / "a.png"), 0.0).stamp
    assert wait_for(hanging, str(tmp_path / "a.png"), 0.0).stamp, "the same filter, with another file"


def test_a_drive_that_has_gone_is_read_when_it_is_back(drive: Drive) -> None:
    look = FileLook(KEY)
    assert look.follow(GONE, 0.0) is None
    drive.back.set()
    assert "does not exist" in wait_for(look, GONE, 0.1).trouble


def test_a_system_without_threads_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(_work: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(chosen_file, "start_thread", refuse)
    found = FileLook(KEY).follow(str(tmp_path), 0.0)
    assert found is not None
    assert "can't start new thread" in found.trouble
    assert not chosen_file._under_way


def test_nobody_waits_for_a_drive_that_has_gone(
    drive: Drive, libobs: FakeLibObs, bridge: Bridge, view: BridgeView, entry: FilterEntry
) -> None:
    """Neither a round nor the end: this test would hang. Nor Python's own end."""
    entry.look = b"background=video\nvideo_path=/gone/a.mp4"
    image = Options("auto", "AUTO", f"background=image\nimage_path={GONE}")
    chores, pictures = Chores(libobs, view), PictureBackgrounds(view, libobs.logged.append)
    for now in (1.0, 1.1):
        chores.go_round(view.filters(), now)
        assert pictures.follow((1, 1), claim(bridge, 1), image, 7, now) is None
    chores.end()
    pictures.end()
    while len(drive.threads) < 2:
        time.sleep(0.001)
    assert all(thread.daemon for thread in drive.threads)
