"""The isolated OBS itself: what it shows, records and leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from selfieseg_engine.isolated_obs import (
    IsolatedObs,
    ObsConfig,
    ObsScene,
    ObsScript,
    ObsStartError,
    ObsUnavailableError,
    RequestError,
    process,
)
from selfieseg_engine.isolated_obs.close_window import close_main_windows


def test_screenshot_is_lossless(scene: ObsScene, test_card: Path) -> None:
    scene.create_image("Card", test_card)
    scene.wait_for_picture("Card")

    assert np.array_equal(scene.screenshot("Card"), np.asarray(cv2.imread(str(test_card))))


def test_scene_has_the_configured_size_and_rate(start_obs: Callable[..., IsolatedObs]) -> None:
    scene = ObsScene(start_obs(ObsConfig(width=640, height=360, fps=25)))

    video = scene.request("GetVideoSettings")
    assert (video["baseWidth"], video["outputHeight"], video["fpsNumerator"]) == (640, 360, 25)
    assert scene.screenshot("Scene", alpha=True).shape == (360, 640, 4)


def test_filters_change_the_picture(scene: ObsScene, test_card: Path) -> None:
    scene.create_image("Card", test_card)
    scene.wait_for_picture("Card")
    before = scene.screenshot("Card")

    scene.add_filter("Card", "Grey", "color_filter_v2", {"saturation": -1.0})
    grey = scene.screenshot("Card")
    assert np.ptp(grey.astype(int), axis=2).max() <= 1

    scene.set_filter_enabled("Card", "Grey", False)
    assert np.array_equal(scene.screenshot("Card"), before)
    assert scene.filter_settings("Card", "Grey") == {"saturation": -1.0}


def test_filter_kinds(scene: ObsScene) -> None:
    assert scene.has_filter_kind("color_filter_v2")
    assert not scene.has_filter_kind("no_such_filter")


def test_recording_plays(scene: ObsScene, test_card: Path) -> None:
    scene.create_image("Card", test_card)
    scene.wait_for_picture("Card")

    video = cv2.VideoCapture(str(scene.record(1.0)))

    frames = 0
    while video.read()[0]:
        frames += 1
    assert frames >= 20


def test_scripts_run_and_collections_switch(start_obs: Callable[..., IsolatedObs], tmp_path: Path) -> None:
    script = tmp_path / "hello.lua"
    script.write_text(
        "function script_load(s) print('hello ' .. obslua.obs_data_get_string(s, 'name')) end\n"
        "function script_unload() print('goodbye') end\n"
    )
    obs = start_obs(ObsConfig(scripts=[ObsScript(script, {"name": "world"})]))
    scene = ObsScene(obs)
    scene.wait_for_log("hello world")

    scene.create_collection("Other")
    scene.wait_for_log("goodbye")
    scene.switch_collection("Untitled")
    scene.wait_until(lambda: obs.log_text().count("hello world") == 2, what="the script's second start")


def test_stop_reports_a_clean_exit(obs: IsolatedObs) -> None:
    time.sleep(0.5)  # a few frames for the profiler
    report = obs.stop()

    assert report.clean, report
    assert report.leaks is not None
    assert report.profiler["obs_graphics_thread"].median_ms > 0
    assert report.profiler["render_video"].p99_ms > 0


def test_frozen_obs_is_killed(obs: IsolatedObs) -> None:
    os.kill(obs.pid, signal.SIGSTOP)

    report = obs.stop(timeout_s=1.0)

    assert report.killed
    assert not report.clean
    assert "QEventLoop::exec" in report.hung_in


def test_obs_ends_as_its_user_ends_it_and_else_at_a_signal(
    start_obs: Callable[..., IsolatedObs], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window that does not close: as where a dialogue waits for an answer."""
    asked = []

    def close(pid: int, display_name: str) -> bool:
        asked.append((pid, display_name))
        return True

    for pretends in (False, True):
        obs = start_obs()
        pid, name = obs.pid, obs.display_name
        if pretends:
            monkeypatch.setattr(process, "close_main_windows", close)
        else:
            assert not close_main_windows(os.getpid(), name)
            assert not close_main_windows(pid, ":9999")
            monkeypatch.setattr(signal, "SIGINT", signal.SIGKILL)  # it is not needed
        report = obs.stop(timeout_s=20)
        monkeypatch.undo()
        assert report.clean, report
    assert asked == [(pid, name)]


def test_crash_is_reported(obs: IsolatedObs) -> None:
    os.kill(obs.pid, signal.SIGSEGV)

    assert obs.stop().exit_code == -signal.SIGSEGV


def test_broken_obs_raises_with_its_words(tmp_path: Path) -> None:
    binary = tmp_path / "obs"
    binary.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "OBS Studio - 29.0.2" || echo "no graphics today"\n'
    )
    binary.chmod(0o755)

    with pytest.raises(ObsStartError, match="no graphics today"):
        IsolatedObs(binary=binary).start()


def test_silent_obs_raises_with_a_photo(tmp_path: Path) -> None:
    binary = tmp_path / "obs"
    binary.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "OBS Studio - 29.0.2" || exec sleep 60\n')
    binary.chmod(0o755)

    with pytest.raises(ObsStartError, match=r"did not answer within 1 s; the screen: .*\.png"):
        IsolatedObs(binary=binary, start_timeout_s=1.0).start()


def test_no_obs_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_obs", lambda: None)

    with pytest.raises(ObsUnavailableError, match="apt install obs-studio"):
        IsolatedObs().start()


def test_nothing_survives_a_killed_test_run() -> None:
    """A test run that was killed outright once left OBS and Xvfb burning a core for hours."""
    script = (
        "from selfieseg_engine.isolated_obs import IsolatedObs\n"
        "import time\n"
        "obs = IsolatedObs()\n"
        "obs.start()\n"
        "print(obs.home.root, obs.product_environment['SELFIESEG_RUN_DIR'], obs.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    runner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert runner.stdout is not None
    *folders, pid = runner.stdout.readline().split()
    obs_process = psutil.Process(int(pid))
    children = [child for child in psutil.Process(runner.pid).children() if child.pid != obs_process.pid]
    assert "Xvfb" in {child.name() for child in children}

    runner.kill()
    runner.wait()

    _, alive = psutil.wait_procs([obs_process, *children], timeout=10)
    assert alive == []
    deadline = time.monotonic() + 5
    while any(Path(folder).exists() for folder in folders) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(Path(folder).exists() for folder in folders)


def test_requests_that_obs_refuses_raise(scene: ObsScene) -> None:
    with pytest.raises(RequestError):
        scene.remove_input("nobody")
