"""A scene collection's list of scripts: entries added and taken out again. Pure functions on parsed JSON.

OBS keeps scripts per scene collection, under ``modules`` → ``scripts-tool``, as ``{"path", "settings"}``.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Collection = dict[str, Any]

MODULES_KEY = "modules"
SCRIPTS_KEY = "scripts-tool"

# The default audio devices that OBS makes at its very first start, per platform: a collection that we write
# before that start must have them too, or the user would miss desktop audio and microphone.
_FIRST_RUN_AUDIO = {
    "linux": (("DesktopAudioDevice1", "pulse_output_capture"), ("AuxAudioDevice1", "pulse_input_capture")),
    "win32": (("DesktopAudioDevice1", "wasapi_output_capture"), ("AuxAudioDevice1", "wasapi_input_capture")),
    "darwin": (("AuxAudioDevice1", "coreaudio_input_capture"),),
}
_AUDIO_NAMES = {"DesktopAudioDevice1": "Desktop Audio", "AuxAudioDevice1": "Mic/Aux"}


class UnexpectedCollectionError(ValueError):
    """The file is JSON, but not the shape of a scene collection."""


def script_paths(collection: Collection) -> list[str]:
    """Return the paths of the scripts in ``collection``, in their order."""
    return [str(entry.get("path", "")) for entry in _entries(collection)]


def with_scripts(collection: Collection, scripts: Sequence[Path]) -> Collection:
    """Return ``collection`` with ``scripts`` listed, appended in order; those already there stay.

    The same script of another checkout is replaced in its place: there is one engine, of one checkout.
    """
    result = copy.deepcopy(collection)
    entries = _entries(result)
    for script in scripts:
        present = [entry for entry in entries if _is_same_script(str(entry.get("path", "")), script)]
        if not present:
            entries.append({"path": script.as_posix(), "settings": {}})
            continue
        present[0]["path"] = script.as_posix()
        entries = [entry for entry in entries if not any(entry is other for other in present[1:])]
    result.setdefault(MODULES_KEY, {})[SCRIPTS_KEY] = entries
    return result


def without_scripts(collection: Collection, scripts: Sequence[Path]) -> Collection:
    """Return ``collection`` without ``scripts``, of whatever checkout; other people's scripts stay."""
    result = copy.deepcopy(collection)
    entries = _entries(result)
    kept = [entry for entry in entries if not is_listed([str(entry.get("path", ""))], scripts)]
    if len(kept) != len(entries):
        result[MODULES_KEY][SCRIPTS_KEY] = kept
    return result


def is_listed(paths: Sequence[str], scripts: Sequence[Path]) -> bool:
    """Return whether one of ``scripts``, of whatever checkout, is among ``paths`` of a collection."""
    return any(_is_same_script(path, script) for path in paths for script in scripts)


def first_collection(name: str, platform: str) -> Collection:
    """Return what OBS would write at its first start: one empty scene and the default audio devices."""
    collection: Collection = {
        "name": name,
        "current_scene": "Scene",
        "current_program_scene": "Scene",
        "scene_order": [{"name": "Scene"}],
        "sources": [
            {
                "id": "scene",
                "versioned_id": "scene",
                "name": "Scene",
                "settings": {"custom_size": False, "id_counter": 0, "items": []},
            }
        ],
        MODULES_KEY: {},
    }
    for key, kind in _FIRST_RUN_AUDIO.get(platform, ()):
        collection[key] = {
            "id": kind,
            "versioned_id": kind,
            "name": _AUDIO_NAMES[key],
            "settings": {"device_id": "default"},
        }
    return collection


def _is_same_script(path: str, script: Path) -> bool:
    # The file and its folder: "obs_plugin/selfie_segmentation.py" of whatever checkout.
    return tuple(path.replace("\\", "/").split("/")[-2:]) == script.parts[-2:]


def _entries(collection: Collection) -> list[dict[str, Any]]:
    modules = collection.get(MODULES_KEY, {})
    if not isinstance(modules, dict):
        raise UnexpectedCollectionError(f"'{MODULES_KEY}' is not an object")
    entries = modules.get(SCRIPTS_KEY, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnexpectedCollectionError(f"'{SCRIPTS_KEY}' is not a list of objects")
    return list(entries)
