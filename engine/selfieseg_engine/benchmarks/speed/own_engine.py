"""An engine process for one measurement, beside whatever else runs. One thread at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psutil

from selfieseg_engine.client import NoEngineError
from selfieseg_wire.engine_record import EngineRecord

_START_SECONDS = 30.0
_END_SECONDS = 10.0
_LOOK_SECONDS = 0.02


class OwnEngine:
    """A context manager; the run directory is its own, models are the user's.

    Args:
        model: its id, to be loaded ahead.
        device: as ``--device`` has it.
        threads: of inference.
        data_dir: of its models and caches, where that is not the user's.

    Attributes:
        run_dir: of its socket, and for rings.
        process: what it costs.

    Raises:
        NoEngineError: it does not start.
    """

    def __init__(self, model: str, device: str, threads: int, data_dir: Path | None = None) -> None:
        self.run_dir = Path(tempfile.mkdtemp(prefix="ss-"))  # short: a socket's path has a bound
        command = [sys.executable, "-m", "selfieseg_engine", "serve", "--model", model, "--device", device]
        variables = {"SELFIESEG_RUN_DIR": str(self.run_dir)}
        if data_dir is not None:
            variables["SELFIESEG_DATA_DIR"] = str(data_dir)
        self._child = subprocess.Popen(
            [*command, "--threads", str(threads)],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            self._wait_until_listening()
            self.process = psutil.Process(self._child.pid)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> OwnEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss_mb(self) -> float:
        """Return its resident memory."""
        return float(self.process.memory_info().rss) / 1e6

    def close(self) -> None:
        """End it. May be called twice."""
        self._child.terminate()
        try:
            self._child.communicate(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.communicate()
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def _wait_until_listening(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                raise NoEngineError(f"it ended at once: {self._child.communicate()[1].strip()}")
            record = EngineRecord.read(self.run_dir)
            if record is not None and record.pid == self._child.pid:
                return
            time.sleep(_LOOK_SECONDS)
        raise NoEngineError(f"it did not start within {_START_SECONDS:g} s")
