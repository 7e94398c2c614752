from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from selfieseg_wire import shared_region
from selfieseg_wire.shared_region import SharedRegion


def test_two_mappings_see_each_other(tmp_path: Path) -> None:
    with SharedRegion.create(tmp_path / "ring-1-1", 4096) as made, SharedRegion.open(made.path) as opened:
        ours, theirs = made.memory, opened.memory
        assert len(ours) == len(theirs) == 4096
        assert not any(theirs)
        ours[17] = 5
        assert theirs[17] == 5
        theirs[18] = 6
        assert ours[18] == 6
        ours.release()
        theirs.release()


def test_another_process_sees_it(tmp_path: Path) -> None:
    with SharedRegion.create(tmp_path / "ring-1-1", 4096) as region:
        code = (
            "import sys, pathlib; from selfieseg_wire.shared_region import SharedRegion\n"
            "SharedRegion.open(pathlib.Path(sys.argv[1])).memory[3] = 42"
        )
        subprocess.run([sys.executable, "-c", code, region.path], check=True)
        view = region.memory
        assert view[3] == 42
        view.release()
        assert region.path.exists()  # who only opens a region never removes it


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
def test_only_this_user_may_read_it(tmp_path: Path) -> None:
    with SharedRegion.create(tmp_path / "ring-1-1", 4096) as region:
        assert stat.S_IMODE(region.path.stat().st_mode) == 0o600


def test_the_maker_removes_it_and_the_other_does_not(tmp_path: Path) -> None:
    made = SharedRegion.create(tmp_path / "ring-1-1", 4096)
    opened = SharedRegion.open(made.path)
    opened.close()
    assert made.path.exists()
    made.close()
    assert not made.path.exists()


def test_close_twice_removed_is_fine(tmp_path: Path) -> None:
    made = SharedRegion.create(tmp_path / "ring-1-1", 4096)
    made.path.unlink()
    made.close()


def test_an_existing_file_is_not_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "ring-1-1"
    path.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        SharedRegion.create(path, 4096)
    assert path.read_bytes() == b"mine"


def test_a_size_that_cannot_be_mapped_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises((OSError, ValueError)):
        SharedRegion.create(tmp_path / "ring-1-1", 0)
    assert not list(tmp_path.iterdir())


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ring-1-1"
    path.touch()
    with pytest.raises(ValueError, match="empty"):
        SharedRegion.open(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SharedRegion.open(tmp_path / "ring-1-1")


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="this system cannot refuse to follow a link")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x" * 4096)
    (tmp_path / "ring-1-1").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic"):
        SharedRegion.open(tmp_path / "ring-1-1")


def test_closing_under_a_view_is_refused(tmp_path: Path) -> None:
    """Unmapping memory that somebody still reads would crash the process."""
    region = SharedRegion.create(tmp_path / "ring-1-1", 4096)
    view = region.memory
    with pytest.raises(BufferError):
        region.close()
    view.release()
    region.close()


def test_a_file_that_stays_while_the_other_side_maps_it_goes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    in_use, unlink = {tmp_path / "ring-1-1"}, Path.unlink

    def unlink_unused(path: Path, missing_ok: bool = False) -> None:
        if path in in_use:
            raise PermissionError(13, "in use by another process")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_unused)
    with pytest.raises(PermissionError):  # elsewhere that is a fault
        SharedRegion.create(tmp_path / "ring-1-1", 4096).close()
    (tmp_path / "ring-1-1").rename(tmp_path / "other")
    monkeypatch.setattr(shared_region, "_MAPPED_FILES_STAY", True)
    first = SharedRegion.create(tmp_path / "ring-1-1", 4096)
    first.close()
    first.close()
    SharedRegion.create(tmp_path / "ring-1-2", 4096).close()
    assert {path.name for path in tmp_path.iterdir()} == {"other", "ring-1-1"}
    in_use.clear()
    SharedRegion.create(tmp_path / "ring-1-3", 4096).close()
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
