from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from selfieseg_obs import processes

SLEEP = "import time; time.sleep(60)"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SLEEP, *arguments])


def test_this_process_is_alive_and_no_engine() -> None:
    assert processes.is_alive(os.getpid())
    pid = start()
    try:
        assert not processes.is_engine(pid.pid)
    finally:
        pid.kill()
        pid.wait()


def test_an_engine_is_known_by_its_command() -> None:
    process = start("-m", processes.ENGINE_MODULE)
    try:
        deadline = time.monotonic() + 5  # until it has become the new program
        while not processes.is_engine(process.pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert processes.is_engine(process.pid)
        processes.kill(process.pid)
        assert process.wait(5) == -signal.SIGKILL
    finally:
        process.kill()
        process.wait()
    assert not processes.is_alive(process.pid)
    assert not processes.is_engine(process.pid)


def test_a_process_that_was_not_waited_for_is_no_engine() -> None:
    process = subprocess.Popen([sys.executable, "-c", "", processes.ENGINE_MODULE])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not processes.is_engine(process.pid)
    process.wait()


def test_killing_what_has_ended_is_fine() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    processes.kill(process.pid)


@pytest.mark.skipif(sys.platform == "win32", reason="has no zombies")
def test_who_has_ended_is_not_alive_though_nobody_has_collected_it() -> None:
    """As an engine that was started by an earlier life of the script, in the same OBS."""
    process = start()
    process.kill()
    end = time.monotonic() + 10
    while processes.is_alive(process.pid):
        assert time.monotonic() < end, "a zombie counts as alive"
        time.sleep(0.01)
    process.wait()
