"""Where an OBS keeps its settings and scene collections, for every version since 28. Reads only.

Until 30, ``global.ini`` holds everything; from 31 on ``user.ini`` holds what concerns us, and ``global.ini``
may move folders elsewhere (section ``Locations``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from selfieseg_setup import ini_text

FIRST_COLLECTION = "Untitled"
_USER_INI_SINCE = (31, 0)
_FOLDER = "obs-studio"


@dataclass(frozen=True)
class ObsUserConfig:
    """The user's configuration of one OBS."""

    settings: Path
    scenes: Path

    def settings_text(self) -> str:
        """Return the ini file's text; empty where OBS never ran."""
        return self.settings.read_bytes().decode("utf-8") if self.settings.exists() else ""

    def current_collection(self) -> Path:
        """Return the file of the current scene collection; it may not exist yet."""
        recorded = ini_text.get_value(self.settings_text(), "Basic", "SceneCollectionFile")
        name = recorded or FIRST_COLLECTION
        # OBS 31 and later record the name with its ending, earlier ones without.
        return self.scenes / (name if name.endswith(".json") else f"{name}.json")

    def current_collection_name(self) -> str:
        """Return the name that OBS shows for the current scene collection."""
        return ini_text.get_value(self.settings_text(), "Basic", "SceneCollection") or FIRST_COLLECTION


def config_base(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that holds OBS's configuration folder."""
    home = Path(environment.get("HOME") or Path.home())
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
    if platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config")


def user_config(base: Path, obs_version: tuple[int, ...]) -> ObsUserConfig:
    """Return where OBS of ``obs_version`` keeps settings and scene collections, given its base folder."""
    global_ini = base / _FOLDER / "global.ini"
    global_text = global_ini.read_bytes().decode("utf-8") if global_ini.exists() else ""
    moved_config = ini_text.get_value(global_text, "Locations", "Configuration")
    moved_scenes = ini_text.get_value(global_text, "Locations", "SceneCollections")
    user_ini = _existing_or(moved_config, base) / _FOLDER / "user.ini"
    not_migrated = ini_text.get_value(global_text, "General", "LastVersion") is not None
    if user_ini.exists() or (obs_version >= _USER_INI_SINCE and not not_migrated):
        settings = user_ini
    else:
        settings = global_ini  # 31 and later copy it at their first start, what we add included
    return ObsUserConfig(settings, _existing_or(moved_scenes, base) / _FOLDER / "basic" / "scenes")


def _existing_or(moved: str | None, base: Path) -> Path:
    # OBS itself falls back to the default where the named folder is gone.
    return Path(moved) if moved and Path(moved).exists() else base
