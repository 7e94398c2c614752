"""Set-up on a machine where OBS was never started: its very first start already has our scripts."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from selfieseg_engine.isolated_obs import find_obs
from selfieseg_engine.isolated_obs.display import VirtualDisplay
from selfieseg_engine.isolated_obs.reaper import Reaper
from selfieseg_setup import locate_obs, obs_side

_TIMEOUT_S = 30.0


def test_first_start_loads_the_scripts_and_uninstall_takes_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "obs_plugin/filter").mkdir(parents=True)
    (checkout / "obs_plugin/selfie_segmentation.py").write_text("print('hello from Python')\n")
    (checkout / "obs_plugin/filter/selfie_segmentation.lua").write_text("print('hello from Lua')\n")
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    obs = locate_obs.find()
    assert obs is not None

    assert obs_side.install(obs, checkout, tmp_path / "data")
    log = run_obs(tmp_path, lambda text: "hello from Python" in text and "hello from Lua" in text)
    obs_side.uninstall(obs, checkout, tmp_path / "data")

    # The first-run audio devices are those that OBS would have made itself.
    assert "[Loaded global audio device]: 'Desktop Audio'" in log
    written = obs.user_config.current_collection().read_text()
    assert "DesktopAudioDevice1" in written
    assert str(checkout) not in written


def run_obs(folder: Path, ready: Callable[[str], bool]) -> str:
    """Start OBS as its user would, wait until its log satisfies ``ready``, end it as Ctrl-C does."""
    binary = find_obs()
    assert binary is not None
    output = folder / "obs.log"
    with Reaper() as reaper:
        display = VirtualDisplay(folder, reaper)
        environment = os.environ | {
            "DISPLAY": display.name,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "QT_QPA_PLATFORM": "xcb",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/no-bus",
        }
        with output.open("wb") as file:
            process = subprocess.Popen(
                [binary, "--multi"], env=environment, stdout=file, stderr=file, start_new_session=True
            )
        reaper.watch(process.pid)
        try:
            deadline = time.monotonic() + _TIMEOUT_S
            while not ready(output.read_text(errors="replace")) and time.monotonic() < deadline:
                time.sleep(0.2)
            time.sleep(2.0)  # SIGINT before its first-run wizard is up would be lost
            process.send_signal(signal.SIGINT)
            process.wait(_TIMEOUT_S)
        finally:
            process.kill()
            process.wait()
            reaper.forget(process.pid)
            display.close()
    log = output.read_text(errors="replace")
    assert ready(log), log[-3000:]
    return log
