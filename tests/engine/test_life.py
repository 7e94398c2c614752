"""Starting, leaving, being killed: what the run directory looks like afterwards, and who is told what."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from selfieseg_engine.client import EngineClient, NoEngineError, RefusedError
from selfieseg_wire.engine_record import ENGINE_RECORD_NAME, EngineRecord
from selfieseg_wire.messages import Hello, Matte, Ping, Pong, StatsRequest, Welcome
from tests.engine.harness import Engine, StartEngine, U8Image, wait_until


def names(run_dir: Path) -> list[str]:
    return sorted(path.name for path in run_dir.iterdir())


def run_selfieseg(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "selfieseg_engine", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_clean_exit_leaves_nothing(start_engine: StartEngine, run_dir: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        engine = start_engine()
        engine.wait_until_listening()
        assert names(run_dir) == ["engine.json", "engine.lock", "engine.sock"]
        assert engine.end(number) == 0
        assert names(run_dir) == []


def test_leaving_with_open_sessions_is_clean(engine: Engine, run_dir: Path, astronaut_rgb: U8Image) -> None:
    with engine.filter() as client:
        client.segment(astronaut_rgb)
        assert engine.end() == 0
        assert names(run_dir) == [client.region.path.name]  # OBS's own, to be removed by OBS


def test_only_one_engine_in_a_run_dir(engine: Engine, environment: dict[str, str]) -> None:
    second = run_selfieseg(environment, "serve")
    assert second.returncode == 0
    assert second.stdout == f"an engine is already running in {engine.run_dir}\n"
    assert second.stderr == ""
    assert EngineRecord.read(engine.run_dir) == engine.wait_until_listening()


def test_two_at_once_agree_on_one(start_engine: StartEngine) -> None:
    """Two filters, or two OBSs, may start an engine in the same instant."""
    engines = [start_engine() for _ in range(3)]
    wait_until(lambda: sum(engine.is_running for engine in engines) == 1, 20, "two of three leave")
    (survivor,) = (engine for engine in engines if engine.is_running)
    survivor.client().close()


def test_a_killed_engine_is_replaced(
    start_engine: StartEngine, real_model: str, run_dir: Path, astronaut_rgb: U8Image
) -> None:
    first = start_engine()
    first.wait_until_listening()
    first.end(signal.SIGKILL)
    assert set(names(run_dir)) >= {"engine.json", "engine.lock", "engine.sock"}
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (run_dir / f"ring-{ended.pid}-1").write_bytes(b"x")
    (run_dir / f"engine.json.{ended.pid}").write_bytes(b"x")
    (run_dir / f"ring-{os.getpid()}-77777").write_bytes(b"x")
    second = start_engine()
    with second.filter() as client:
        client.segment(astronaut_rgb)
        mine = [client.region.path.name, f"ring-{os.getpid()}-77777"]
        wanted = sorted(["engine.json", "engine.lock", "engine.sock", *mine])
        wait_until(lambda: names(run_dir) == wanted, 5, "stale files are removed, others stay")


def test_what_dies_beside_a_running_engine_is_cleaned_up(start_engine: StartEngine, run_dir: Path) -> None:
    """Else the memory of each OBS that crashes, and is started again at once, is gone for good."""
    engine = start_engine("--stay")
    engine.wait_until_listening()
    with engine.client():
        time.sleep(3)  # its first look is over
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        left = run_dir / f"ring-{ended.pid}-1"
        left.write_bytes(b"x")
        wait_until(lambda: not left.exists(), 60, "it is removed by the engine that goes on")


def test_a_damaged_record_is_replaced(start_engine: StartEngine, run_dir: Path) -> None:
    (run_dir / ENGINE_RECORD_NAME).write_text('{"protocol": 99}')
    engine = start_engine()
    wait_until(lambda: '"token"' in (run_dir / ENGINE_RECORD_NAME).read_text(), 20, "a new record")
    assert engine.end() == 0


def test_leaves_when_the_last_client_is_gone(start_engine: StartEngine, run_dir: Path) -> None:
    engine = start_engine("--linger", "1")
    engine.wait_until_listening()
    client = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib, time; from selfieseg_engine.client import EngineClient\n"
            "client = EngineClient.greet(pathlib.Path(sys.argv[1]), 'short')\nprint('in', flush=True)\n"
            "time.sleep(600)",
            run_dir,
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert client.stdout is not None
        assert client.stdout.readline() == b"in\n"
        assert engine.is_running
    finally:
        client.kill()
        client.communicate()
    assert engine.process.wait(8) == 0
    assert names(run_dir) == []


def test_waits_longer_for_its_first_client(start_engine: StartEngine) -> None:
    engine = start_engine("--linger", "0")
    engine.wait_until_listening()
    time.sleep(3)
    assert engine.is_running


def test_stays_when_told_to(start_engine: StartEngine) -> None:
    engine = start_engine("--linger", "0", "--stay")
    with engine.client() as client:
        client.ask(Ping(1), Pong)
    time.sleep(8)  # the client is dropped after 5 s, and the engine would leave a second later
    assert engine.is_running


def test_a_silent_client_is_dropped_and_can_come_back(engine: Engine, astronaut_rgb: U8Image) -> None:
    """OBS in a debugger, or a suspended machine: what it held is freed, and it is welcome again."""
    with engine.filter() as client:
        client.segment(astronaut_rgb)
        wait_until(lambda: not json.loads(engine.stats())["sessions"], 10, "the silent client's session ends")
        with pytest.raises(RefusedError) as refused:
            client.client.ask(client.put(astronaut_rgb, 0), Matte)
        assert refused.value.error.code == "not_welcome"
        record = EngineRecord.read(engine.run_dir)
        assert record is not None
        client.client.ask(Hello(os.getpid(), "again", record.token), Welcome)
        client.open()
        client.segment(astronaut_rgb)


def test_a_stopped_engine_forgives_its_clients(engine: Engine, astronaut_rgb: U8Image) -> None:
    """SIGSTOP for longer than a client may be silent: it was the engine that was away, not the client."""
    with engine.filter() as client:
        client.segment(astronaut_rgb)
        engine.process.send_signal(signal.SIGSTOP)
        time.sleep(6)
        frame = client.put(astronaut_rgb, 1)
        client.client.send(frame)
        engine.process.send_signal(signal.SIGCONT)
        assert client.client.wait_for(Matte, 5).seq == frame.seq


def test_stats_without_an_engine(environment: dict[str, str]) -> None:
    done = run_selfieseg(environment, "stats", "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: no engine is running, ")
    assert done.stderr.count("\n") == 1


def test_stats_of_a_killed_engine(start_engine: StartEngine, environment: dict[str, str]) -> None:
    engine = start_engine()
    engine.wait_until_listening()
    engine.end(signal.SIGKILL)
    done = run_selfieseg(environment, "stats")
    assert done.returncode == 1
    assert "did not answer" in done.stderr


def test_stats_on_the_command_line(engine: Engine, environment: dict[str, str]) -> None:
    with engine.filter(source="my camera"):
        as_json = run_selfieseg(environment, "stats", "--json")
        as_text = run_selfieseg(environment, "stats")
    assert json.loads(as_json.stdout)["sessions"][0]["source"] == "my camera"
    assert "my camera: selfie_segmentation_landscape on CPU, 256x144" in as_text.stdout


def test_a_path_too_long_for_a_socket(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    done = run_selfieseg({**environment, "SELFIESEG_RUN_DIR": str(folder)}, "serve")
    assert done.returncode == 1
    assert "SELFIESEG_RUN_DIR" in done.stderr
    assert done.stderr.count("\n") == 1
    assert names(folder) == []


def test_a_run_dir_open_to_others(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    done = run_selfieseg({**environment, "SELFIESEG_RUN_DIR": str(folder)}, "serve")
    assert done.returncode == 1
    assert "chmod 700" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_log_that_cannot_be_written_does_not_stop_it(
    start_engine: StartEngine, tmp_path: Path, run_dir: Path
) -> None:
    (tmp_path / "file").touch()
    engine = start_engine(SELFIESEG_DATA_DIR=str(tmp_path / "file"))
    engine.client().close()
    assert engine.end() == 0


def test_weights_that_cannot_be_had(
    start_engine: StartEngine, tmp_path: Path, astronaut_rgb: U8Image
) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "selfie_segmentation_landscape.tflite").write_bytes(b"something else")
    engine = start_engine(SELFIESEG_DATA_DIR=str(tmp_path / "data"), SELFIESEG_MODEL_PATH=str(wrong))
    with pytest.raises(RefusedError) as refused:
        engine.filter()
    assert refused.value.error.code == "model_wrong_hash"
    assert "SELFIESEG_MODEL_PATH" in refused.value.error.remedy
    assert json.loads(engine.stats())["sessions"] == []


@pytest.mark.skipif(not hasattr(os, "nice"), reason="Windows has priority classes")
def test_obs_draws_first(engine: Engine) -> None:
    engine.client().close()
    assert engine.figures().nice() >= os.nice(0) + 5


def test_only_this_machine_and_user_can_connect(start_engine: StartEngine, run_dir: Path) -> None:
    """The loopback is open to every local user, so there the key in the private record is needed too."""
    engine = start_engine()
    engine.wait_until_listening()
    listening = [each for each in engine.figures().net_connections("inet") if each.status == "LISTEN"]
    assert listening == []
    with contextlib.suppress(NoEngineError), EngineClient.greet(run_dir, "x") as client:
        client.send(StatsRequest())
