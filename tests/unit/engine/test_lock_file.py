from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from selfieseg_engine.lock_file import FOREVER, LockedError, lock_file


def test_only_one_thread_at_a_time_holds_a_lock(tmp_path: Path) -> None:
    path, order = tmp_path / "folder" / "lock", []

    def second() -> None:
        with lock_file(path, FOREVER):
            order.append("second")

    thread = threading.Thread(target=second)
    with lock_file(path, FOREVER):
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert not path.exists()


@pytest.mark.parametrize("wait_seconds", [0, 0.3])
def test_who_holds_it_is_waited_for_no_longer_than_told(tmp_path: Path, wait_seconds: float) -> None:
    path = tmp_path / "lock"
    start = time.monotonic()
    with lock_file(path), pytest.raises(LockedError, match="lock is locked"), lock_file(path, wait_seconds):
        pass
    assert time.monotonic() - start >= wait_seconds
    with lock_file(path):
        assert path.exists()


def test_who_does_not_wait_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), lock_file(tmp_path / "folder" / "lock"):
        pass
    assert not (tmp_path / "folder").exists()
