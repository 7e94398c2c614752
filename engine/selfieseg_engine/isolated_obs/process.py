"""Starts a real OBS with a home of its own, waits until it answers, ends it. Any thread, one at a time."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

import obsws_python
import psutil

from selfieseg_engine.isolated_obs.close_window import close_main_windows
from selfieseg_engine.isolated_obs.config import ObsConfig, ObsHome, write_config
from selfieseg_engine.isolated_obs.display import VirtualDisplay
from selfieseg_engine.isolated_obs.exit_report import ExitReport, find_crash_lines, find_leaks, parse_profiler
from selfieseg_engine.isolated_obs.hung import stacks_of
from selfieseg_engine.isolated_obs.reaper import Reaper
from selfieseg_setup import locate_obs
from selfieseg_wire import paths

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
# OBS 29 dies now and then if it ends in the moment after obs-websocket's client has left (its threads run on
# while the plugin is unloaded), or after a scene collection was switched, with scripts or without.
_FAREWELL_S = 1.0
# The engine leaves by itself once its last client is gone; only what stays longer is an orphan.
_ORPHAN_GRACE_S = 8.0
_REQUEST_TIMEOUT_S = 30.0
_MARKER = "SELFIESEG_ISOLATED_OBS"
_LOG_TAIL_LINES = 40

# The client logs a traceback for every refused connection; while OBS starts, those are expected.
logging.getLogger("obsws_python").setLevel(logging.CRITICAL)


class ObsUnavailableError(RuntimeError):
    """No OBS here that could be started in isolation."""


class ObsStartError(RuntimeError):
    """OBS was started but does not answer; the message has its log's tail and where the photo lies."""


def find_obs() -> Path | None:
    """Return the OBS binary that can be isolated, or None. Only Linux's lets its home be moved."""
    found = shutil.which("obs") if sys.platform.startswith("linux") else None
    return Path(found) if found else None


class IsolatedObs:
    """A running OBS with its own configuration, display and run directory; a context manager.

    Args:
        config: what OBS starts with.
        environment: added to OBS's environment.
        root: keep the home here and leave it for a look; else a temporary folder, removed at the end.
        use_display: draw on the user's display where there is one, instead of a virtual one.
        binary: another OBS than the one on the path.
    """

    def __init__(
        self,
        config: ObsConfig | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        root: Path | None = None,
        use_display: bool = False,
        binary: Path | None = None,
        start_timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        self.config = config or ObsConfig()
        self.exit_report: ExitReport | None = None
        # With it a command such as `selfieseg stats` speaks to the engine of this OBS.
        self.product_environment: dict[str, str] = {}
        self._extra_environment = dict(environment or {})
        self._root = root
        self._use_display = use_display and bool(os.environ.get("DISPLAY"))
        self._binary = binary
        self._start_timeout_s = start_timeout_s
        self._marker = uuid.uuid4().hex
        self._cleanup = contextlib.ExitStack()
        self._display: VirtualDisplay | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._client: obsws_python.ReqClient | None = None

    def __enter__(self) -> IsolatedObs:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def client(self) -> obsws_python.ReqClient:
        """The obs-websocket connection."""
        if self._client is None:
            raise ObsStartError("OBS is not running")
        return self._client

    @property
    def pid(self) -> int:
        """OBS's process id."""
        if self._process is None:
            raise ObsStartError("OBS is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether OBS's process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start OBS and wait until it answers.

        Raises:
            ObsUnavailableError: no OBS, or none that can be isolated.
            NoDisplayError: no display, and no Xvfb to make one.
            ObsStartError: it ended, or did not answer in time.
        """
        binary = self._binary or find_obs()
        if binary is None:
            raise ObsUnavailableError(
                "no OBS that can be isolated here; on Debian/Ubuntu: apt install obs-studio xvfb"
            )
        try:
            self._start(binary)
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> ExitReport:
        """End OBS as its user does, or by force after ``timeout_s``; a second call repeats the report."""
        if self.exit_report is None:
            self.exit_report = self._stop(timeout_s)
            self._cleanup.close()
        return self.exit_report

    @property
    def display_name(self) -> str:
        """The X display that it draws on, such as ``:99``."""
        return self._display.name if self._display else os.environ.get("DISPLAY", "")

    def log_text(self) -> str:
        """Return OBS's log so far, what it wrote to its stderr included."""
        return self._output_path.read_text(encoding="utf-8", errors="replace")

    def log_tail(self) -> str:
        """Return the last lines of OBS's log."""
        return "\n".join(self.log_text().splitlines()[-_LOG_TAIL_LINES:])

    def photograph(self, png: Path) -> bool:
        """Write what OBS's virtual display shows; False on the user's own display, which is private."""
        if self._display is None:
            return False
        self._display.photograph(png)
        return True

    def children(self) -> Iterator[psutil.Process]:
        """Yield the living processes that OBS started, directly or not, itself left out."""
        own = self._process.pid if self._process else None
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.pid != own and process.environ().get(_MARKER) == self._marker:
                    yield process

    def _start(self, binary: Path) -> None:
        # First in, last out: it holds what the others leave behind.
        self._reaper = self._cleanup.enter_context(Reaper())
        root = self._root or self._temporary_folder()
        root.mkdir(parents=True, exist_ok=True)
        self.home = ObsHome(root)
        self._output_path = root / "obs.log"
        self._output_path.touch()
        environment = self._environment(root)
        # With its own home already: even for this OBS makes its configuration folder.
        version = subprocess.run(
            [binary, "--version"], env=environment, capture_output=True, text=True, check=True
        ).stdout
        port = _free_port()
        write_config(self.home, self.config, locate_obs.parse_version(version), port)
        display_environment = self._open_display(root)
        with self._output_path.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    binary,
                    "--multi",
                    "--disable-updater",
                    "--disable-shutdown-check",
                    "--disable-missing-files-check",
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment | display_environment | self._extra_environment,
                start_new_session=True,
            )
        self._reaper.watch(self._process.pid)
        self._client = self._wait_for_websocket(port)

    def _temporary_folder(self, base: Path | None = None) -> Path:
        folder = Path(
            self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="isolated-obs-", dir=base))
        )
        self._reaper.remove_at_the_end(folder)
        return folder

    def _open_display(self, root: Path) -> dict[str, str]:
        if self._use_display:
            # OBS gets another home, and the key to the display usually lies in the user's.
            return {"XAUTHORITY": os.environ.get("XAUTHORITY") or str(Path.home() / ".Xauthority")}
        self._display = VirtualDisplay(root, self._reaper)
        self._cleanup.callback(self._display.close)
        return {"DISPLAY": self._display.name, "LIBGL_ALWAYS_SOFTWARE": "1"}

    def _environment(self, root: Path) -> dict[str, str]:
        shared_memory = Path("/dev/shm")
        base = shared_memory if shared_memory.is_dir() else root
        run = self._temporary_folder(base)
        runtime = root / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        # Models and the install record are the user's; sockets and shared memory are this OBS's own.
        self.product_environment = {
            "SELFIESEG_DATA_DIR": str(paths.data_dir()),
            "SELFIESEG_RUN_DIR": str(run),
        }
        self.product_environment |= {
            key: value for key, value in self._extra_environment.items() if key in self.product_environment
        }
        inherited = {key: value for key, value in os.environ.items() if key != "WAYLAND_DISPLAY"}
        return (
            inherited
            | self.product_environment
            | {
                _MARKER: self._marker,
                "HOME": str(root),
                "XDG_CONFIG_HOME": str(self.home.config_home),
                "XDG_CACHE_HOME": str(root / "cache"),
                "XDG_RUNTIME_DIR": str(runtime),
                "QT_QPA_PLATFORM": "xcb",
                # Without a session bus Qt and libobs would start one, which outlives OBS.
                "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/no-bus",
            }
        )

    def _wait_for_websocket(self, port: int) -> obsws_python.ReqClient:
        deadline = time.monotonic() + self._start_timeout_s
        while time.monotonic() < deadline:
            if not self.running:
                raise ObsStartError(f"OBS ended at its start\n{self.log_tail()}")
            try:
                client = obsws_python.ReqClient(
                    host="127.0.0.1", port=port, password="", timeout=_REQUEST_TIMEOUT_S
                )
                client.get_scene_list()  # refused until the scene collection is loaded
            except (OSError, obsws_python.error.OBSSDKError):
                time.sleep(0.1)
                continue
            return client
        photo = Path(tempfile.gettempdir()) / f"isolated-obs-{os.getpid()}.png"
        shown = f"; the screen: {photo}" if self.photograph(photo) else ""
        why = f"OBS did not answer within {self._start_timeout_s:.0f} s{shown}"
        raise ObsStartError(f"{why}\n{self.log_tail()}")

    def _stop(self, timeout_s: float) -> ExitReport:
        if self._client is not None:
            with contextlib.suppress(OSError):
                self._client.disconnect()
            self._client = None
            time.sleep(_FAREWELL_S)
        if self._process is None:
            return ExitReport(exit_code=-1, killed=False, leaks=None, crash_lines=())
        killed, hung_in = self._end_process(self._process, timeout_s)
        orphans = self._end_orphans()
        log = self.log_text()
        return ExitReport(
            exit_code=self._process.returncode,
            killed=killed,
            leaks=find_leaks(log),
            crash_lines=find_crash_lines(log),
            profiler=parse_profiler(log),
            orphans=orphans,
            hung_in=hung_in,
        )

    def _end_process(self, process: subprocess.Popen[bytes], timeout_s: float) -> tuple[bool, str]:
        """Return whether it had to be killed, and where it hung then."""
        # At SIGINT, OBS before 30 closes its window within the signal handler, whatever its UI thread is at,
        # such as writing the scenes' file. So that comes second, for an OBS that waits for an answer to a
        # dialogue, and so is idle.
        ways = (
            lambda: close_main_windows(process.pid, self.display_name),
            lambda: process.send_signal(signal.SIGINT),
        )
        for ask in ways:
            if process.poll() is None and ask() is not False:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout_s / len(ways))
        hung_in = ""
        killed = process.poll() is None
        if killed:
            hung_in = stacks_of(process.pid)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._reaper.forget(process.pid)
        return killed, hung_in

    def _end_orphans(self) -> tuple[str, ...]:
        _, left = psutil.wait_procs(list(self.children()), timeout=_ORPHAN_GRACE_S)
        orphans = []
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                orphans.append(" ".join(process.cmdline()))
                process.kill()
        return tuple(orphans)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
