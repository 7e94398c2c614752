"""Starting and ending engines, with a Python that is none: a script that writes what it was given."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from selfieseg_obs.engine_environment import EngineEnvironment
from selfieseg_obs.engine_process import STDERR_NAME, EngineProcess
from selfieseg_obs.trouble import TroubleError
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import PROTOCOL_VERSION
from selfieseg_wire.paths import log_dir, make_private_dir, run_dir

FAKE = f"""#!{sys.executable}
import json, os, sys, time
with open(os.environ["FAKE_OUT"] + ".new", "w") as file:
    json.dump([sys.argv[1:], sorted(os.environ), os.getpid()], file)
os.rename(os.environ["FAKE_OUT"] + ".new", os.environ["FAKE_OUT"])
print("last words", file=sys.stderr, flush=True)
time.sleep(60)
"""


@pytest.fixture
def fake_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "python"
    path.write_text(FAKE)
    path.chmod(0o755)
    monkeypatch.setenv("FAKE_OUT", str(tmp_path / "out"))
    return path


@pytest.fixture
def process(fake_python: Path) -> Iterator[EngineProcess]:
    made = EngineProcess(EngineEnvironment(fake_python, "3.11", ()))
    yield made
    made.kill(None)


def started(process: EngineProcess, tmp_path: Path) -> tuple[list[str], list[str], int]:
    process.start()
    deadline = time.monotonic() + 10
    while not (tmp_path / "out").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    arguments, environment, pid = json.loads((tmp_path / "out").read_text())
    return arguments, environment, pid


def test_it_is_told_to_serve_and_knows_nothing_of_obs_python(
    process: EngineProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/obs/python")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("SELFIESEG_MARK", "1")
    arguments, environment, _ = started(process, tmp_path)
    assert arguments[:3] == ["-m", "selfieseg_engine", "serve"]
    assert not [name for name in environment if name.startswith("PYTHON")]
    assert "SELFIESEG_MARK" in environment


def test_its_last_words_are_kept(process: EngineProcess, tmp_path: Path) -> None:
    started(process, tmp_path)
    log = log_dir() / STDERR_NAME
    deadline = time.monotonic() + 5
    while "last words" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert process.last_words() == "last words"


def test_without_a_log_it_said_nothing(process: EngineProcess) -> None:
    assert process.last_words() == ""


def test_an_engine_of_another_version_is_trouble(process: EngineProcess, tmp_path: Path) -> None:
    _, _, pid = started(process, tmp_path)
    make_private_dir(run_dir())
    EngineRecord(pid, "ipc:///x", "t", "9.9", PROTOCOL_VERSION + 1).write(run_dir())
    with pytest.raises(TroubleError, match=r"another version \(9\.9\).*Close every other OBS"):
        process.record()


def test_a_long_log_is_put_aside(process: EngineProcess, tmp_path: Path) -> None:
    log_dir().mkdir(parents=True)
    (log_dir() / STDERR_NAME).write_bytes(b"x" * 1_000_001)
    started(process, tmp_path)
    assert (log_dir() / STDERR_NAME).stat().st_size < 1000
    assert len(list(log_dir().iterdir())) == 2


def test_killing_ends_and_collects_it(process: EngineProcess, tmp_path: Path) -> None:
    _, _, pid = started(process, tmp_path)
    assert process.is_alive(None)
    process.kill(None)
    assert not process.is_alive(None)
    assert not Path(f"/proc/{pid}").exists()
    process.kill(None)


def test_a_python_that_cannot_be_started_is_trouble(tmp_path: Path) -> None:
    with pytest.raises(TroubleError, match="cannot be started"):
        EngineProcess(EngineEnvironment(tmp_path / "none", "3.11", ())).start()


@pytest.fixture
def stranger() -> Iterator[int]:
    """A process of somebody else; only this test's own may ever be signalled."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process.pid
    assert process.poll() is None, "a stranger was killed"
    process.kill()
    process.wait()


def test_records_of_what_is_no_living_engine_are_left(process: EngineProcess, stranger: int) -> None:
    assert process.record() is None
    make_private_dir(run_dir())
    EngineRecord(stranger, "ipc:///x", "t", "1", 1).write(run_dir())
    assert process.record() is None, "a process of that number that is no engine"
    EngineRecord(2**22 + 1, "ipc:///x", "t", "1", 1).write(run_dir())
    assert process.record() is None, "nobody"
    (run_dir() / "engine.json").write_text("{")
    assert process.record() is None, "damaged"


def test_a_stale_record_never_kills_another_process(process: EngineProcess, stranger: int) -> None:
    process.kill(EngineRecord(stranger, "ipc:///x", "t", "1", 1))


def test_the_record_of_the_engine_we_started_is_found(process: EngineProcess, tmp_path: Path) -> None:
    _, _, pid = started(process, tmp_path)
    make_private_dir(run_dir())
    record = EngineRecord(pid, "ipc:///x", "t", "1", PROTOCOL_VERSION)
    record.write(run_dir())
    assert process.record() == record
    assert process.is_alive(record)
    process.kill(record)
    assert process.record() is None
