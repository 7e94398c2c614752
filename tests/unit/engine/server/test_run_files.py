from __future__ import annotations

import os
from pathlib import Path

import pytest

from selfieseg_engine.server.processes import pid_exists
from selfieseg_engine.server.run_files import StaleFiles, published, stale_names
from selfieseg_wire.engine_record import EngineRecord

RECORD = EngineRecord(1, "ipc://x", "t", "v", 1)


def test_only_names_of_the_dead_are_stale() -> None:
    names = [
        *("ring-5-1", "ring-5-12", "ring-7-1", "engine.json.5", "engine.json.7"),
        *("backdrop-5-3", "backdrop-7-1", "backdrop-5", "xbackdrop-5-1", "backdrop-5-1.png"),
        *("engine.json", "engine.lock", "engine.sock", "ring-5", "ring-5-1.txt", "xring-5-1", "ring--1-1"),
    ]
    assert stale_names(names, lambda pid: pid == 7) == [
        *("ring-5-1", "ring-5-12", "engine.json.5", "backdrop-5-3"),
    ]


def test_what_cannot_be_removed_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stale_files = StaleFiles(tmp_path / "run")
    stale_files.remove(lambda _: False)
    assert len(caplog.records) == 1, "the folder is not there"
    (tmp_path / "run" / "ring-5-1").mkdir(parents=True)
    (tmp_path / "run" / "ring-5-2").touch()
    for _ in range(3):
        stale_files.remove(lambda _: False)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["ring-5-1"]
    assert caplog.text.count("cannot clean up ring-5-1") == 1


def test_a_number_that_no_process_can_have_is_nobody(tmp_path: Path) -> None:
    (tmp_path / "ring-9999999999-1").touch()
    StaleFiles(tmp_path).remove(pid_exists)
    assert list(tmp_path.iterdir()) == []
    assert pid_exists(os.getpid())


def test_the_record_of_another_engine_stays(tmp_path: Path) -> None:
    """Somebody emptied the folder under a running engine, and a second one now lives there."""
    with published(RECORD, tmp_path):
        other = EngineRecord(2, "ipc://x", "t", "v", 1)
        other.write(tmp_path)
    assert EngineRecord.read(tmp_path) == other


def test_a_record_that_is_gone_is_no_trouble(tmp_path: Path) -> None:
    with published(RECORD, tmp_path):
        (tmp_path / "engine.json").unlink()
    assert list(tmp_path.iterdir()) == []
