"""The configuration of an isolated OBS: written fresh into its own home, far from the user's. Any thread."""

from __future__ import annotations

import configparser
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selfieseg_setup import obs_scripts

COLLECTION_NAME = "Untitled"
# From this version on OBS keeps the user's settings in user.ini and obs-websocket's in a file of its own.
# The old places must then stay empty: a mixture makes OBS ask its user in a modal box.
_FIRST_VERSION_WITH_USER_INI = (31, 0)


@dataclass(frozen=True)
class ObsScript:
    """A script to list in the scene collection, and the settings that it starts with."""

    path: Path
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ObsConfig:
    """What the isolated OBS starts with."""

    width: int = 1280
    height: int = 720
    fps: int = 30
    scripts: Sequence[ObsScript] = ()


@dataclass(frozen=True)
class ObsHome:
    """The folders of one isolated OBS; all lie below ``root``."""

    root: Path

    @property
    def config_home(self) -> Path:
        """Stand-in for ``~/.config``."""
        return self.root / "config"

    @property
    def obs_config(self) -> Path:
        """OBS's own configuration folder."""
        return self.config_home / "obs-studio"

    @property
    def collection(self) -> Path:
        """The scene collection that OBS starts with."""
        return self.obs_config / "basic" / "scenes" / f"{COLLECTION_NAME}.json"

    @property
    def recordings(self) -> Path:
        """Where OBS records to."""
        return self.root / "recordings"

    @property
    def logs(self) -> Path:
        """OBS's log files."""
        return self.obs_config / "logs"


def write_config(home: ObsHome, config: ObsConfig, obs_version: tuple[int, ...], websocket_port: int) -> None:
    """Write everything that OBS reads at its start, so that it asks no question and opens no wizard."""
    for folder in (home.collection.parent, home.recordings, home.logs):
        folder.mkdir(parents=True, exist_ok=True)
    _write_settings(home, obs_version, websocket_port)
    _write_profile(home, config)
    _write_collection(home, config)


def _write_settings(home: ObsHome, obs_version: tuple[int, ...], websocket_port: int) -> None:
    general = {
        "FirstRun": "true",
        "EnableAutoUpdates": "false",
        "ConfirmOnExit": "false",
        "Language": "en-US",
    }
    defaults = {f"Pre{version}Defaults": "false" for version in ("19", "21", "23", "24.1")}
    user = {
        "General": general | defaults,
        "Basic": {
            "Profile": COLLECTION_NAME,
            "ProfileDir": COLLECTION_NAME,
            "SceneCollection": COLLECTION_NAME,
            "SceneCollectionFile": COLLECTION_NAME,
        },
        # The preview is a second render of the scene that nobody looks at.
        "BasicWindow": {
            "PreviewEnabled": "false",
            "SysTrayEnabled": "false",
            "WarnBeforeStoppingStream": "false",
        },
    }
    if obs_version < _FIRST_VERSION_WITH_USER_INI:
        websocket = {
            "FirstLoad": "false",
            "ServerEnabled": "true",
            "ServerPort": str(websocket_port),
            "AlertsEnabled": "false",
            "AuthRequired": "false",
        }
        _write_ini(home.obs_config / "global.ini", user | {"OBSWebSocket": websocket})
        return
    _write_ini(home.obs_config / "global.ini", {"General": {"EnableAutoUpdates": "false", "MaxLogs": "10"}})
    _write_ini(home.obs_config / "user.ini", user)
    _write_json(
        home.obs_config / "plugin_config" / "obs-websocket" / "config.json",
        {
            "first_load": False,
            "server_enabled": True,
            "server_port": websocket_port,
            "alerts_enabled": False,
            "auth_required": False,
            "server_password": "",
        },
    )


def _write_profile(home: ObsHome, config: ObsConfig) -> None:
    size = {"X": str(config.width), "Y": str(config.height)}
    _write_ini(
        home.obs_config / "basic" / "profiles" / COLLECTION_NAME / "basic.ini",
        {
            "General": {"Name": COLLECTION_NAME},
            "Video": {
                **{f"{kind}C{axis}": value for kind in ("Base", "Output") for axis, value in size.items()},
                "FPSType": "1",
                "FPSInt": str(config.fps),
            },
            "Output": {"Mode": "Simple"},
            "SimpleOutput": {
                "FilePath": str(home.recordings),
                "RecFormat": "mkv",
                "RecFormat2": "mkv",
                "RecQuality": "Small",
                "RecEncoder": "x264_lowcpu",  # the name of x264 "ultrafast" in simple mode
            },
        },
    )


def _write_collection(home: ObsHome, config: ObsConfig) -> None:
    # No audio devices: there are none under test, and OBS would search for a sound server.
    collection = obs_scripts.first_collection(COLLECTION_NAME, platform="")
    collection[obs_scripts.MODULES_KEY][obs_scripts.SCRIPTS_KEY] = [
        {"path": str(script.path), "settings": dict(script.settings)} for script in config.scripts
    ]
    _write_json(home.collection, collection)


def _write_ini(path: Path, sections: Mapping[str, Mapping[str, str]]) -> None:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # OBS's keys are case sensitive
    parser.read_dict(sections)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        parser.write(file, space_around_delimiters=False)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
