"""Enters our two scripts into OBS's current scene collection, and takes them out again.

Only while OBS is closed: it writes its collection when it ends, over anything written meanwhile.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from selfieseg_setup import ini_text, obs_scripts
from selfieseg_setup.change_log import ChangeLog, TakeOut
from selfieseg_setup.console import SetupError
from selfieseg_setup.locate_obs import ObsInstall

COLLECTION = "scene collection"
FIRST_COLLECTION_RECORD = "name of the first scene collection"
PYTHON_FOLDER = "Python folder"


def script_paths(checkout: Path) -> tuple[Path, Path]:
    """Return the scripts to register, in order.

    The Lua half is also a script of its own, so that the filter exists, and hides the room, even where OBS
    has lost its Python.
    """
    plugin = checkout / "obs_plugin"
    return plugin / "selfie_segmentation.py", plugin / "filter" / "selfie_segmentation.lua"


def is_registered(obs: ObsInstall, scripts: Sequence[Path]) -> bool:
    """Whether OBS's current scene collection lists all ``scripts``."""
    path = obs.user_config.current_collection()
    return path.exists() and {s.as_posix() for s in scripts} <= set(obs_scripts.script_paths(_read(path)))


def collections_that_list(obs: ObsInstall, scripts: Sequence[Path]) -> list[Path]:
    """Return the scene collections in which one of ``scripts`` is listed, of whatever checkout."""
    found = []
    for path in sorted(obs.user_config.scenes.glob("*.json")):
        try:
            listed = obs_scripts.script_paths(_parse(path.read_bytes()))
        except (OSError, ValueError):  # whatever that is, it is no collection that OBS would load
            continue
        if obs_scripts.is_listed(listed, scripts):
            found.append(path)
    return found


def register(obs: ObsInstall, scripts: Sequence[Path], log: ChangeLog, platform: str = sys.platform) -> bool:
    """List ``scripts`` in the current scene collection; return whether anything had to be changed.

    Where OBS was never started, the collection that it would make at its first start is written first.
    """
    config = obs.user_config
    path = config.current_collection()
    if path.exists():
        before = _read(path)
    else:
        before = obs_scripts.first_collection(config.current_collection_name(), platform)
        _record_first_collection(obs, log)
    after = obs_scripts.with_scripts(before, scripts)
    if path.exists() and after == before:
        return False
    log.write(path, _to_bytes(after), COLLECTION)
    return True


def name_python_folder(obs: ObsInstall, folder: Path, log: ChangeLog) -> bool:
    """Tell OBS where its Python lies, unless it knows; return whether we did."""
    config = obs.user_config
    text = config.settings_text()
    if ini_text.get_value(text, "Python", "Path64bit"):
        return False
    text = ini_text.with_value(text, "Python", "Path64bit", folder.as_posix())
    log.write(config.settings, text.encode(), PYTHON_FOLDER)
    return True


def taking_out(scripts: Sequence[Path]) -> dict[str, TakeOut]:
    """Return, per kind of change, what removes only our part from a file that OBS has written since."""

    def without_scripts(content: bytes) -> bytes:
        before = _parse(content)
        after = obs_scripts.without_scripts(before, scripts)
        return content if after == before else _to_bytes(after)

    def without_python_folder(content: bytes) -> bytes:
        return ini_text.without_value(content.decode(), "Python", "Path64bit").encode()

    def unchanged(content: bytes) -> bytes:
        return content  # OBS records the same name by itself

    return {
        COLLECTION: without_scripts,
        PYTHON_FOLDER: without_python_folder,
        FIRST_COLLECTION_RECORD: unchanged,
    }


def _record_first_collection(obs: ObsInstall, log: ChangeLog) -> None:
    # OBS would look for "Untitled" in the user's language at its first start, and not find our file.
    config = obs.user_config
    text = config.settings_text()
    if ini_text.get_value(text, "Basic", "SceneCollectionFile"):
        return
    name = config.current_collection_name()
    text = ini_text.with_value(text, "Basic", "SceneCollectionFile", config.current_collection().stem)
    text = ini_text.with_value(text, "Basic", "SceneCollection", name)
    log.write(config.settings, text.encode(), FIRST_COLLECTION_RECORD)


def _read(path: Path) -> dict[str, Any]:
    try:
        return _parse(path.read_bytes())
    except OSError as error:
        raise SetupError(
            f"cannot read OBS's scene collection {path}",
            f"the system says '{error.strerror or error}'",
            "check its permissions",
        ) from error
    except ValueError as error:
        raise SetupError(
            f"cannot read OBS's scene collection {path}",
            f"it is not what OBS writes ({error})",
            "open it in OBS once, or choose another collection there",
        ) from error


def _parse(content: bytes) -> dict[str, Any]:
    collection = json.loads(content)
    if not isinstance(collection, dict):
        raise obs_scripts.UnexpectedCollectionError("it is not an object")
    obs_scripts.script_paths(collection)  # raises where they are not listed as OBS does it
    return collection


def _to_bytes(collection: dict[str, Any]) -> bytes:
    # Compact, as OBS writes it; not ASCII only, or a German collection would double in size.
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()
