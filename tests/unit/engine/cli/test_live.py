"""`selfieseg live` from the command line, without a window, with the real model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner, Result
from tests.unit.engine.live.fake_device import fake_device
from tests.unit.engine.recording.clips import walk, write_clip

from selfieseg_engine.cli.main import cli
from selfieseg_engine.live import stage

U8Image = npt.NDArray[np.uint8]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["live", *map(str, arguments)])


def answer(*arguments: object) -> dict[str, Any]:
    done = run(*arguments, "--headless", "--json")
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def failure(*arguments: object, status: int = 1) -> str:
    done = run(*arguments)
    assert done.exit_code == status, done.output
    assert "Traceback" not in done.output
    if status == 1:
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.fixture
def clip(tmp_path: Path, astronaut_bgr: U8Image) -> Path:
    return write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 8))


@pytest.mark.usefixtures("real_model")
def test_without_a_window_every_frame_is_drawn(clip: Path) -> None:
    told = answer("--input", clip, "--background", "blur:80")
    assert (told["command"], told["input"], told["camera"]) == ("live", str(clip), None)
    assert (told["width"], told["height"]) == (160, 120)
    assert (told["frames"], told["drawn"], told["dropped"]) == (8, 8, 0)
    assert told["ended"] == "end"
    assert told["virtual_camera"] is None
    assert told["infer_ms_p50"] > 0
    assert told["segment_ms_p50"] >= told["infer_ms_p50"]
    assert told["fps"] > 0


@pytest.mark.usefixtures("real_model")
def test_a_loop_ends_after_so_many_frames(clip: Path) -> None:
    told = answer("--input", clip, "--loop", "--frames", 20, "--flip", "--view", "matte")
    assert (told["drawn"], told["ended"]) == (20, "frames")


@pytest.mark.usefixtures("real_model")
def test_all_backgrounds_can_be_had(clip: Path, tmp_path: Path) -> None:
    picture = tmp_path / "beach.png"
    cv2.imwrite(str(picture), np.full((30, 40, 3), 99, np.uint8))
    behind = write_clip(
        tmp_path / "behind.mp4", [np.full((120, 160, 3), level, np.uint8) for level in (40, 90)]
    )
    for background in ("transparent", "none", "grayscale", f"image:{picture}", f"video:{behind}"):
        assert answer("--input", clip, "--background", background)["drawn"] == 8


def test_bad_options(clip: Path) -> None:
    assert "--loop is for a recording" in failure("--loop", status=2)
    assert "--salvage is for a recording" in failure("--salvage", status=2)
    told = failure("--input", clip, "--camera", 0, "--fps", 25, status=2)
    assert "--camera, --fps and --input cannot be had together" in told
    assert "cannot be transparent" in failure("--virtual-camera", "--background", "transparent", status=2)
    assert "is not understood" in failure("--background", "blur:40", "--background", "plaid", status=2)
    assert "frames" in failure("--frames", 0, status=2)


def test_bad_inputs(clip: Path, tmp_path: Path) -> None:
    assert "there is no such file" in failure("--input", tmp_path / "no.mp4", "--headless")
    text = tmp_path / "text.mp4"
    text.write_text("This is no recording.\n" * 100)
    assert "it is not a recording, or damaged" in failure("--input", text, "--headless")
    missing = f"image:{tmp_path / 'no.png'}"
    told = failure("--input", clip, "--headless", "--background", "none", "--background", missing)
    assert "there is no such file" in told


@pytest.mark.usefixtures("real_model")
def test_a_damaged_recording_is_an_error_that_names_the_frame(tmp_path: Path, astronaut_bgr: U8Image) -> None:
    path = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 60, (320, 240)))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = np.random.default_rng(1).bytes(400)
    path.write_bytes(content)
    assert "in.mp4 is damaged at frame " in failure("--input", path, "--headless")
    assert 0 < answer("--input", path, "--salvage")["drawn"] <= 60


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells beforehand which cameras there are")
def test_a_camera_that_is_not_there() -> None:
    assert "camera 9713 cannot be opened, " in failure("--camera", 9713, "--headless")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have a display always")
def test_no_display(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    assert "no window can be opened, there is no display here" in failure("--input", clip)


def test_no_virtual_camera(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyvirtualcam import camera

    monkeypatch.setattr(camera, "BACKENDS", {})  # the machine may have one
    told = failure("--input", clip, "--headless", "--virtual-camera")
    assert "the virtual camera cannot be opened" in told


@pytest.mark.usefixtures("real_model")
def test_the_virtual_camera_sees_the_person_before_the_background(
    tmp_path: Path, astronaut_bgr: U8Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyvirtualcam import camera

    device = fake_device()
    monkeypatch.setattr(camera, "BACKENDS", {"test": device})
    clip = write_clip(tmp_path / "in.mp4", walk(astronaut_bgr, 8, (320, 240)))
    told = answer("--input", clip, "--virtual-camera", "--background", "color:#00FF00")
    assert told["virtual_camera"] == "/dev/video42"
    assert told["drawn"] + told["dropped"] == 8
    assert len(device.sent) == told["drawn"]
    for sent in device.sent:
        green = (sent.reshape(240, 320, 3) == (0, 255, 0)).all(axis=2)
        assert 0.2 < green.mean() < 0.8
    assert device.closed == 1


def test_ctrl_c_while_things_are_opened(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stage, "open_stage", interrupted)
    done = run("--input", clip, "--headless", "--json")
    assert (done.exit_code, done.output) == (130, "")
