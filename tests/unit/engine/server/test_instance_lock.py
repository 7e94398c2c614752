from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from selfieseg_engine.server.instance_lock import AlreadyRunningError, instance_lock

HOLDER = (
    "import sys, pathlib, time; from selfieseg_engine.server.instance_lock import instance_lock\n"
    "with instance_lock(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)"
)


def test_leaves_no_file(tmp_path: Path) -> None:
    for _ in range(2):
        with instance_lock(tmp_path):
            assert [path.name for path in tmp_path.iterdir()] == ["engine.lock"]
        assert list(tmp_path.iterdir()) == []


def test_a_second_one_is_told(tmp_path: Path) -> None:
    with instance_lock(tmp_path), pytest.raises(AlreadyRunningError), instance_lock(tmp_path):
        pass


def test_a_killed_holder_leaves_it_free(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(AlreadyRunningError), instance_lock(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with instance_lock(tmp_path):
        pass


def test_a_lock_on_a_file_without_a_name_counts_for_nothing(tmp_path: Path) -> None:
    """A leaving engine removes the file; who had opened it before would hold a lock that nobody else sees."""
    with instance_lock(tmp_path):
        (tmp_path / "engine.lock").unlink()
        with instance_lock(tmp_path):
            assert (tmp_path / "engine.lock").exists()
