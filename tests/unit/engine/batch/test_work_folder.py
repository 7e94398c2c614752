"""A batch's hidden folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from selfieseg_engine.batch.beat import Beat, RunOverError, frames_made
from selfieseg_engine.batch.errors import BatchError
from selfieseg_engine.batch.work_folder import WorkFolder


def test_a_run_leaves_nothing_and_takes_away_what_one_left_that_was_killed(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path / "out")
    left = folder.path / "run-dead" / "scratch" / "half"
    left.mkdir(parents=True)
    with folder.run() as run:
        assert not left.exists()
        (run / "scratch" / "half").touch()
    assert list(folder.path.iterdir()) == []


def test_only_one_run_at_a_time(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path)
    with folder.run(), pytest.raises(BatchError, match="another batch is at work"), folder.run():
        pass


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BatchError, match="cannot be written"), WorkFolder(tmp_path / "file").run():
        pass


def test_segments_of_other_files_or_options_are_removed(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path)
    for key in ("kept", "old"):
        folder.segments_folder(key).mkdir(parents=True)
    folder.forget_segments(["kept"])
    assert [each.name for each in (folder.path / "segments").iterdir()] == ["kept"]


def test_frames_are_counted_until_the_run_is_over(tmp_path: Path) -> None:
    folder = WorkFolder(tmp_path)
    with folder.run() as run:
        beat = Beat(run, "a")
        for _ in range(5):
            beat.frame()
        beat.tell()
        assert frames_made(run, ["a", "not begun"]) == 5
    with pytest.raises(RunOverError):
        beat.tell()
