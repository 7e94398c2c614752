"""Our filter in an isolated OBS: how tests start it, feed it and look at what it draws."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import obsws_python
import skimage.data
from numpy.typing import NDArray

from selfieseg_engine.isolated_obs import (
    DEFAULT_SCENE,
    ExitReport,
    IsolatedObs,
    ObsConfig,
    ObsScene,
    ObsScript,
)

Picture = NDArray[np.uint8]

CHECKOUT = Path(__file__).parents[2]
SHARED = CHECKOUT.parent / "shared"
PLUGIN = CHECKOUT / "obs_plugin"
SCRIPT = PLUGIN / "selfie_segmentation.py"
LUA_HALF = PLUGIN / "filter" / "selfie_segmentation.lua"
FILTER_ID = "selfie_segmentation"
MODEL = "selfie_segmentation_landscape"
SOURCE, FILTER = "Cam", "Selfie"
FRAME_WIDTH, FRAME_HEIGHT = 1280, 720
# A finely patterned patch of the wall: whoever can see the pattern sees the room.
SECRET = (slice(24, 152), slice(24, 216))
RAW_SECRET_CONTRAST = 100.0
HIDDEN_SECRET_CONTRAST = 15.0
NOT_FOUND = 600  # obs-websocket's RequestStatus::ResourceNotFound


def product_scripts() -> list[ObsScript]:
    """The scripts as the installer lists them."""
    return [ObsScript(SCRIPT), ObsScript(LUA_HALF)]


def write_install_record(data_dir: Path, **changes: object) -> None:
    """Write the record of an installation whose engine is this very environment."""
    record = {
        "format": 1,
        "version": "0.1.0",
        "checkout": str(CHECKOUT),
        "python": sys.executable,
        "python_version": f"{sys.version_info.major}.{sys.version_info.minor}",
        "site_packages": [path for path in sys.path if path.endswith("site-packages")],
        "script": str(SCRIPT),
        "lua_half": str(LUA_HALF),
        "obs": None,
        "model": MODEL,
    } | changes
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "install.json").write_text(json.dumps(record), encoding="utf-8")


def person_in_a_room() -> Picture:
    """A photo of a person (NASA, public domain), uint8 720x1280x3 BGR, with a secret on the wall."""
    astronaut = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    portrait = cv2.resize(astronaut, (FRAME_HEIGHT, FRAME_HEIGHT), interpolation=cv2.INTER_CUBIC)
    room = cv2.resize(astronaut[:, :40], (FRAME_WIDTH, FRAME_HEIGHT), interpolation=cv2.INTER_CUBIC)
    picture = cv2.GaussianBlur(room, (0, 0), 8)
    picture[:, FRAME_WIDTH - FRAME_HEIGHT - 140 : FRAME_WIDTH - 140] = portrait
    _, columns = np.indices((128, 192))
    # Stripes: a chequered wall is a person to the general model.
    picture[SECRET] = ((columns // 8 % 2) * 255)[..., None]
    return cast("Picture", picture)


def secret_contrast(picture: NDArray[np.generic]) -> float:
    """Return how well the secret can be read: its standard deviation in grey levels."""
    patch = np.asarray(picture, dtype=np.float32)[SECRET][..., :3]
    return float(patch.mean(axis=2).std())


def video_frames(path: Path) -> Iterator[Picture]:
    """Yield every frame of a recording."""
    video = cv2.VideoCapture(str(path))
    with contextlib.closing(_Releasing(video)):
        while True:
            ok, frame = video.read()
            if not ok:
                return
            yield cast("Picture", frame)


@dataclass
class _Releasing:
    video: cv2.VideoCapture

    def close(self) -> None:
        self.video.release()


def write_clip(path: Path, picture: Picture, *, seconds: float = 4.0, fps: int = 30, sway: int = 40) -> Path:
    """Write a clip in which ``picture`` sways, as an H.264 file that loops without a jump."""
    height, width = picture.shape[:2]
    command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24"]
    command += [
        "-s",
        f"{width}x{height}",
        "-r",
        str(fps),
        "-i",
        "-",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    ]
    command += ["-crf", "12", "-pix_fmt", "yuv420p", str(path)]
    frames = round(seconds * fps)
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for number in range(frames):
            shift = round(sway * np.sin(2 * np.pi * number / frames))
            encoder.stdin.write(np.roll(picture, shift, axis=1).tobytes())
        encoder.stdin.close()
    assert encoder.returncode == 0
    return path


class Product:
    """One OBS with the filter's scripts."""

    def __init__(self, obs: IsolatedObs, data_dir: Path) -> None:
        self.obs = obs
        self.scene = ObsScene(obs)
        self.data_dir = data_dir

    @property
    def run_dir(self) -> Path:
        """Where this OBS's engine keeps its socket and rings."""
        return Path(self.obs.product_environment["SELFIESEG_RUN_DIR"])

    def add_filter(self, source: str = SOURCE, name: str = FILTER, **settings: Any) -> None:
        """Add the filter, with the model that these pictures were drawn for unless another is named.

        What ``auto`` means depends on how busy the machine was when it was measured.
        """
        self.scene.add_filter(source, name, FILTER_ID, {"model": MODEL, **settings})

    def configure(self, source: str = SOURCE, name: str = FILTER, **settings: Any) -> None:
        self.scene.set_filter_settings(source, name, settings)

    def show_person(self, tmp_path: Path, **settings: Any) -> Picture:
        """Put the person into the scene, with the filter, and wait for mattes; return the raw picture."""
        picture = person_in_a_room()
        path = tmp_path / "person.png"
        cv2.imwrite(str(path), picture)
        self.scene.create_image(SOURCE, path)
        self.scene.wait_for_picture(SOURCE)
        self.add_filter(**settings)
        self.wait_for_mattes()
        return picture

    def stats(self) -> dict[str, Any] | None:
        """Return what ``selfieseg stats --json`` prints, None while no engine runs."""
        command = [sys.executable, "-m", "selfieseg_engine", "stats", "--json"]
        environment = os.environ | self.obs.product_environment
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return None
        return cast("dict[str, Any]", json.loads(done.stdout.splitlines()[-1]))

    def sessions(self) -> list[dict[str, Any]]:
        stats = self.stats()
        return stats["sessions"] if stats else []

    def wait_for_mattes(self, filters: int = 1, timeout_s: float = 30.0) -> list[dict[str, Any]]:
        """Wait until as many filters as this get mattes, and return their figures."""

        def served() -> list[dict[str, Any]]:
            sessions = [session for session in self.sessions() if session["fps_out"] > 3]
            return sessions if len(sessions) >= filters else []

        return self.scene.wait_until(served, what=f"mattes for {filters} filters", timeout_s=timeout_s)

    def engine_pid(self) -> int | None:
        """Return the pid in the engine's record, None while there is none."""
        try:
            return int(json.loads((self.run_dir / "engine.json").read_text())["pid"])
        except FileNotFoundError:
            return None

    def log_lines(self) -> list[str]:
        """Return the lines of OBS's log that are ours."""
        return [line for line in self.obs.log_text().splitlines() if "[selfie-segmentation]" in line]

    def clear_scene(self) -> None:
        """Remove every source, scene and filter, and wait until the engine has noticed."""
        self.scene.set_studio_mode(False)
        self.scene.switch_scene(DEFAULT_SCENE)
        for name in [each["sceneName"] for each in self.scene.request("GetSceneList")["scenes"]]:
            if name != DEFAULT_SCENE:
                self.scene.request("RemoveScene", sceneName=name)
        for each in self.scene.request("GetSourceFilterList", sourceName=DEFAULT_SCENE)["filters"]:
            self.scene.remove_filter(DEFAULT_SCENE, each["filterName"])
        for name in [each["inputName"] for each in self.scene.request("GetInputList")["inputs"]]:
            try:
                self.scene.remove_input(name)
            except obsws_python.error.OBSSDKRequestError as error:
                if error.code != NOT_FOUND:  # a scene that has just gone takes its sources along
                    raise
        self.scene.wait_until(lambda: not self.sessions(), what="the sessions to end")

    def stop(self) -> ExitReport:
        """End OBS and check what it leaves behind."""
        run_dir = self.run_dir
        report = self.obs.stop()
        assert report.clean, report
        assert not list(run_dir.glob("*")) if run_dir.exists() else True
        return report


class FrameGaps(threading.Thread):
    """Watches how long OBS's graphics thread goes without finishing a frame."""

    def __init__(self, obs: IsolatedObs) -> None:
        super().__init__(daemon=True)
        # A connection of its own: a client serves one thread.
        self._client = obsws_python.ReqClient(
            host="127.0.0.1", port=obs.client.base_client.port, password="", timeout=60
        )
        self._done = threading.Event()
        self.longest_s = 0.0
        self.frames = 0

    def run(self) -> None:
        last_frames, last_change = -1, time.monotonic()
        while not self._done.is_set():
            frames = int(self._client.send("GetStats", raw=True)["renderTotalFrames"])
            now = time.monotonic()
            if frames != last_frames:
                self.frames += frames - last_frames if last_frames >= 0 else 0
                last_frames = frames
                self.longest_s = max(self.longest_s, now - last_change)
                last_change = now
            time.sleep(0.01)

    def stop(self) -> None:
        self._done.set()
        self.join()
        self._client.disconnect()


def fetch_models(data_dir: Path) -> None:
    """Obtain and convert the models that tests use, as the installer does."""
    command = [sys.executable, "-m", "selfieseg_engine", "models", "fetch", MODEL, "selfie_segmentation"]
    subprocess.run(command, env=os.environ | product_environment(data_dir), check=True, capture_output=True)


def product_environment(data_dir: Path) -> dict[str, str]:
    """Environment of an OBS whose product lives in ``data_dir``."""
    variables = {"SELFIESEG_DATA_DIR": str(data_dir)}
    if (SHARED / "models").is_dir():
        variables["SELFIESEG_MODEL_PATH"] = str(SHARED / "models")
    return variables


def product_config(scripts: Sequence[ObsScript] | None = None, **changes: Any) -> ObsConfig:
    """Configuration of an OBS that lists ``scripts`` (ours, if None)."""
    return ObsConfig(scripts=product_scripts() if scripts is None else list(scripts), **changes)
