"""What a test wants of a running OBS, in plain calls over obs-websocket. Any thread, one at a time."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import obsws_python
from numpy.typing import NDArray

from selfieseg_engine.isolated_obs.process import IsolatedObs

DEFAULT_SCENE = "Scene"
IMAGE_SOURCE = "image_source"
MEDIA_SOURCE = "ffmpeg_source"
_POLL_S = 0.1
_COLLECTION_SWITCH_TIMEOUT_S = 30.0

Result = TypeVar("Result")
RequestError = obsws_python.error.OBSSDKRequestError


class ObsScene:
    """Scenes, sources, filters, pictures and recordings of one OBS."""

    def __init__(self, obs: IsolatedObs) -> None:
        self._obs = obs

    def request(self, name: str, **data: Any) -> dict[str, Any]:
        """Send one obs-websocket request and return its answer, named as in the protocol."""
        answer = self._obs.client.send(name, data or None, raw=True)
        return cast("dict[str, Any]", answer) if answer else {}

    # Scenes and collections

    def create_scene(self, name: str, *, switch: bool = True) -> None:
        """Make an empty scene and show it."""
        self.request("CreateScene", sceneName=name)
        if switch:
            self.switch_scene(name)

    def switch_scene(self, name: str) -> None:
        """Put ``name`` on the program output."""
        self.request("SetCurrentProgramScene", sceneName=name)

    def set_studio_mode(self, enabled: bool) -> None:
        """Turn studio mode on or off."""
        self.request("SetStudioModeEnabled", studioModeEnabled=enabled)

    def create_collection(self, name: str) -> None:
        """Make an empty scene collection and switch to it; every script is unloaded and loaded again."""
        self.request("CreateSceneCollection", sceneCollectionName=name)
        self._wait_for_collection(name)

    def switch_collection(self, name: str) -> None:
        """Switch to scene collection ``name``; every script is unloaded and loaded again."""
        self.request("SetCurrentSceneCollection", sceneCollectionName=name)
        self._wait_for_collection(name)

    # Sources

    def create_input(
        self, name: str, kind: str, settings: Mapping[str, Any] | None = None, *, scene: str = DEFAULT_SCENE
    ) -> int:
        """Make a source in ``scene`` and return its scene item id."""
        answer = self.request(
            "CreateInput", sceneName=scene, inputName=name, inputKind=kind, inputSettings=dict(settings or {})
        )
        return int(answer["sceneItemId"])

    def create_image(self, name: str, path: Path, *, scene: str = DEFAULT_SCENE) -> int:
        """Make an image source (drawn synchronously)."""
        return self.create_input(name, IMAGE_SOURCE, {"file": str(path)}, scene=scene)

    def create_media(self, name: str, path: Path, *, scene: str = DEFAULT_SCENE) -> int:
        """Make a looping media source (asynchronous, as cameras are)."""
        settings = {
            "local_file": str(path),
            "looping": True,
            "hw_decode": False,
            "restart_on_activate": False,
        }
        return self.create_input(name, MEDIA_SOURCE, settings, scene=scene)

    def remove_input(self, name: str) -> None:
        """Remove a source from everywhere."""
        self.request("RemoveInput", inputName=name)

    def set_input_settings(self, name: str, settings: Mapping[str, Any]) -> None:
        """Change some settings of a source."""
        self.request("SetInputSettings", inputName=name, inputSettings=dict(settings), overlay=True)

    def set_visible(self, source: str, visible: bool, *, scene: str = DEFAULT_SCENE) -> None:
        """Show or hide a source in a scene."""
        item = self.request("GetSceneItemId", sceneName=scene, sourceName=source)["sceneItemId"]
        self.request("SetSceneItemEnabled", sceneName=scene, sceneItemId=item, sceneItemEnabled=visible)

    # Filters

    def has_filter_kind(self, kind: str) -> bool:
        """Whether OBS knows a filter of this id."""
        # The list of all kinds came later, with obs-websocket 5.4 (OBS 30.2).
        try:
            self.request("GetSourceFilterDefaultSettings", filterKind=kind)
        except RequestError:
            return False
        return True

    def add_filter(
        self, source: str, name: str, kind: str, settings: Mapping[str, Any] | None = None
    ) -> None:
        """Put a filter on a source."""
        self.request(
            "CreateSourceFilter",
            sourceName=source,
            filterName=name,
            filterKind=kind,
            filterSettings=dict(settings or {}),
        )

    def remove_filter(self, source: str, name: str) -> None:
        """Take a filter off a source."""
        self.request("RemoveSourceFilter", sourceName=source, filterName=name)

    def set_filter_settings(self, source: str, name: str, settings: Mapping[str, Any]) -> None:
        """Change some settings of a filter."""
        self.request(
            "SetSourceFilterSettings",
            sourceName=source,
            filterName=name,
            filterSettings=dict(settings),
            overlay=True,
        )

    def filter_settings(self, source: str, name: str) -> dict[str, Any]:
        """Return the settings of a filter that are not at their default."""
        answer = self.request("GetSourceFilter", sourceName=source, filterName=name)
        return cast("dict[str, Any]", answer["filterSettings"])

    def set_filter_enabled(self, source: str, name: str, enabled: bool) -> None:
        """Switch a filter on or off."""
        self.request("SetSourceFilterEnabled", sourceName=source, filterName=name, filterEnabled=enabled)

    # What comes out

    def screenshot(
        self, source: str, *, alpha: bool = False, width: int | None = None, height: int | None = None
    ) -> NDArray[np.uint8]:
        """Return what a source or a scene shows, lossless: uint8 HxWx3 BGR, or HxWx4 BGRA (straight)."""
        size = {key: value for key, value in (("imageWidth", width), ("imageHeight", height)) if value}
        # Compression 0 is PNG's fastest; OBS encodes on the thread that answers us.
        answer = self.request(
            "GetSourceScreenshot", sourceName=source, imageFormat="png", imageCompressionQuality=0, **size
        )
        png = base64.b64decode(str(answer["imageData"]).partition(",")[2])
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        if picture is None:
            raise ValueError(f"OBS sent no picture of {source!r}")
        if alpha and picture.shape[2] == 3:
            picture = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA)
        elif not alpha and picture.shape[2] == 4:
            picture = cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR)
        return cast("NDArray[np.uint8]", picture)

    def record(self, seconds: float) -> Path:
        """Record the program for ``seconds`` and return the finished file."""
        self.start_recording()
        time.sleep(seconds)
        return self.stop_recording()

    def start_recording(self) -> None:
        """Begin to record the program."""
        self.request("StartRecord")
        self.wait_until(
            lambda: self.request("GetRecordStatus")["outputActive"], what="the recording to start"
        )

    def stop_recording(self) -> Path:
        """End the recording and return the finished file."""
        path = Path(self.request("StopRecord")["outputPath"])
        self.wait_until(
            lambda: not self.request("GetRecordStatus")["outputActive"], what="the recording to end"
        )
        return path

    def stats(self) -> dict[str, Any]:
        """Return OBS's statistics (frame rate, skipped frames, memory), named as in the protocol."""
        return self.request("GetStats")

    def version(self) -> str:
        """Return OBS's version."""
        return str(self.request("GetVersion")["obsVersion"])

    def wait_until(
        self, condition: Callable[[], Result], *, what: str, timeout_s: float = 15.0, poll_s: float = _POLL_S
    ) -> Result:
        """Return the first true answer of ``condition``, or raise TimeoutError naming ``what``."""
        deadline = time.monotonic() + timeout_s
        while True:
            result = condition()
            if result:
                return result
            if not self._obs.running:
                raise RuntimeError(f"OBS ended while waiting for {what}")
            if time.monotonic() > deadline:
                why = f"OBS's log ends with\n{self._obs.log_tail()}"
                raise TimeoutError(f"waited {timeout_s:.0f} s in vain for {what}; {why}")
            time.sleep(poll_s)

    def wait_for_log(self, text: str, *, timeout_s: float = 15.0) -> None:
        """Wait until OBS's log contains ``text``."""
        self.wait_until(
            lambda: text in self._obs.log_text(), what=f"{text!r} in OBS's log", timeout_s=timeout_s
        )

    def wait_for_picture(self, source: str, *, timeout_s: float = 15.0) -> None:
        """Wait until a source has a size and is not all black: images and media load behind OBS's back."""

        def visible() -> bool:
            try:
                return bool(self.screenshot(source).any())
            except RequestError:  # no size yet
                return False

        self.wait_until(visible, what=f"a picture from {source!r}", timeout_s=timeout_s)

    def _wait_for_collection(self, name: str) -> None:
        def current() -> bool:
            try:
                answer = self.request("GetSceneCollectionList")
                self.request("GetSceneList")
            except RequestError:  # not ready while it switches
                return False
            return bool(answer["currentSceneCollectionName"] == name)

        self.wait_until(current, what=f"collection {name!r}", timeout_s=_COLLECTION_SWITCH_TIMEOUT_S)
