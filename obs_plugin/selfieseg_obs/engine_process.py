"""The engine as a process: start it, find one that runs, end it. The helper thread only."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import BinaryIO

from selfieseg_obs import processes
from selfieseg_obs.engine_environment import EngineEnvironment
from selfieseg_obs.trouble import TroubleError
from selfieseg_obs.words import say
from selfieseg_wire.engine_record import EngineRecord, EngineRecordError
from selfieseg_wire.messages import PROTOCOL_VERSION
from selfieseg_wire.paths import log_dir, run_dir

STDERR_NAME = "engine-stderr.log"
LINGER_SECONDS = "3"  # after its last client has gone
_LAST_WORDS_BYTES = 4096
_LAST_WORDS_SHOWN = 160
_STDERR_MAX_BYTES = 1_000_000
_WINDOWS_FLAGS = 0x08000000 | 0x00004000  # CREATE_NO_WINDOW, BELOW_NORMAL_PRIORITY_CLASS
_REAP_SECONDS = 2.0


class EngineProcess:
    """At most one process that we started, and the record of whichever engine serves the run directory."""

    def __init__(self, environment: EngineEnvironment) -> None:
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start an engine; it writes its record once it listens.

        Raises:
            TroubleError: it cannot be started.
        """
        variables = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        command = [
            str(self._environment.python),
            "-m",
            processes.ENGINE_MODULE,
            "serve",
            "--linger",
            LINGER_SECONDS,
        ]
        try:
            with _stderr_file() as stderr:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    env=variables,
                    start_new_session=True,  # a Ctrl-C meant for OBS is not meant for the engine
                    creationflags=_WINDOWS_FLAGS if sys.platform == "win32" else 0,
                )
        except OSError as error:
            raise TroubleError(say("python.trouble.cannot_start", why=error)) from error

    def record(self) -> EngineRecord | None:
        """Return the record of an engine that is alive, None while there is none.

        Raises:
            TroubleError: the engine that runs is of another version of the product.
        """
        try:
            record = EngineRecord.read(run_dir())
        except EngineRecordError:
            return None  # written by another version: the engine that we start will replace it
        if record is None or not self._is_alive(record.pid) or not processes.is_engine(record.pid):
            return None
        if record.protocol != PROTOCOL_VERSION:
            raise TroubleError(say("python.trouble.other_engine", version=record.version))
        return record

    def is_alive(self, record: EngineRecord | None) -> bool:
        """Return whether the recorded engine, or without a record the one that we started, is running."""
        if record is not None:
            return self._is_alive(record.pid)
        return self._process is not None and self._process.poll() is None

    def kill(self, record: EngineRecord | None) -> None:
        """End the recorded engine, and the one that we started."""
        if record is not None and self._is_alive(record.pid) and processes.is_engine(record.pid):
            processes.kill(record.pid)
        if self._process is not None:
            self._process.kill()
            self._reap()

    def last_words(self) -> str:
        """Return the last line that an engine has written to its stderr, empty if there is none."""
        try:
            with (log_dir() / STDERR_NAME).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_WORDS_BYTES))
                lines = file.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip()[:_LAST_WORDS_SHOWN] for line in reversed(lines) if line.strip()), "")

    def let_go(self) -> None:
        """Leave the engine to itself: it ends when its last client has gone. Collect it if it has ended."""
        if self._process is not None:
            self._process.poll()

    def _is_alive(self, pid: int) -> bool:
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None  # also collects it: a zombie would count as alive
        return processes.is_alive(pid)

    def _reap(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(timeout=_REAP_SECONDS)
        except subprocess.TimeoutExpired:
            return  # stuck in the kernel; poll() will collect it later
        self._process = None


def _stderr_file() -> BinaryIO:
    folder = log_dir()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / STDERR_NAME
    if path.exists() and path.stat().st_size > _STDERR_MAX_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
