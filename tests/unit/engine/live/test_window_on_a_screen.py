"""`selfieseg live` as a user has it: a real window on a real X display (Xvfb), keys and all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.recording.clips import walk, write_clip

from selfieseg_engine.isolated_obs.display import VirtualDisplay
from selfieseg_engine.isolated_obs.reaper import Reaper

U8Image = npt.NDArray[np.uint8]

pytestmark = [
    pytest.mark.usefixtures("real_model"),
    pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is for Linux"),
]

SIZE = (640, 480)
PATIENCE_S = 60.0
GREEN, RED = (0, 255, 0), (0, 0, 255)


class Desk:
    """The screen with one running `selfieseg live` on it."""

    def __init__(self, display: VirtualDisplay, process: subprocess.Popen[str], folder: Path) -> None:
        self._display = display
        self.process = process
        self._png = folder / "screen.png"

    def window(self) -> U8Image:
        """Return what the middle of the screen shows, where the window opens."""
        self._display.photograph(self._png)
        screen = cv2.imread(str(self._png))
        assert screen is not None
        top, left = ((whole - part) // 2 for whole, part in zip(screen.shape, SIZE[::-1], strict=False))
        return np.asarray(screen[top : top + SIZE[1], left : left + SIZE[0]], np.uint8)

    def press(self, key: str) -> None:
        subprocess.run(["xdotool", "key", key], env={**os.environ, "DISPLAY": self._display.name}, check=True)

    def wait_for(self, is_so: Callable[[U8Image], bool]) -> U8Image:
        """Return the window once it looks as wanted."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            assert self.process.poll() is None, self.process.communicate()
            window = self.window()
            if is_so(window):
                return window
            time.sleep(0.1)
        raise AssertionError(f"it never looked so; the last picture is {self._png}")


def share_of(window: U8Image, colour: tuple[int, int, int]) -> float:
    return float((window == colour).all(axis=2).mean())


@pytest.fixture
def desk(tmp_path: Path, astronaut_bgr: U8Image) -> Iterator[Desk]:
    """Show a person who walks, before green and then red."""
    assert shutil.which("xdotool"), "presses the keys; install it: apt install xdotool"
    clip = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 30, SIZE))
    command = [sys.executable, "-m", "selfieseg_engine", "live", "--input", str(clip), "--loop", "--json"]
    command += ["--background", "color:#00FF00", "--background", "color:#FF0000"]
    environment = {
        key: value for key, value in os.environ.items() if key not in ("WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    }
    with Reaper() as reaper:
        display = VirtualDisplay(tmp_path, reaper)
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, "DISPLAY": display.name},
            # a shell's background job ignores it
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
        )
        try:
            yield Desk(display, process, tmp_path)
        finally:
            process.kill()
            process.communicate()
            display.close()


def test_keys_change_what_the_window_shows(desk: Desk) -> None:
    before = desk.wait_for(lambda window: share_of(window, GREEN) > 0.2)
    assert share_of(before, RED) == 0
    corner = before[:100, :200]
    assert (corner == 255).all(axis=2).any(), "the times are not written on it"
    desk.press("b")
    after = desk.wait_for(lambda window: share_of(window, RED) > 0.2)
    assert share_of(after, GREEN) == 0
    desk.press("m")
    mask = desk.wait_for(lambda window: share_of(window, (0, 0, 0)) > 0.2)
    assert share_of(mask, (255, 255, 255)) > 0.1
    assert (mask[:, :, 0] == mask[:, :, 2]).all()  # grey
    desk.press("t")
    desk.wait_for(lambda window: not window[:10, :200].any() and share_of(window[:100, :150], (0, 0, 0)) == 1)
    desk.press("m")
    desk.wait_for(lambda window: share_of(window, RED) > 0.2)
    desk.press("q")
    output, errors = desk.process.communicate(timeout=PATIENCE_S)
    assert (desk.process.returncode, errors) == (0, "")
    told = json.loads(output)  # and nothing else: SDL's wrapper would greet
    assert told["ended"] == "quit"
    assert told["drawn"] > 5
    assert told["infer_ms_p50"] > 0
    assert not desk.window().any(), "the window is still there"


def test_ctrl_c_ends_it_with_its_report(desk: Desk) -> None:
    desk.wait_for(lambda window: share_of(window, GREEN) > 0.2)
    desk.process.send_signal(signal.SIGINT)
    output, errors = desk.process.communicate(timeout=PATIENCE_S)
    assert (desk.process.returncode, errors) == (130, "")
    assert json.loads(output)["ended"] == "interrupted"
