"""A scene collection's list of scripts, as plain JSON."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from selfieseg_setup import obs_scripts

SCRIPTS = (
    Path("/new/obs_plugin/selfie_segmentation.py"),
    Path("/new/obs_plugin/filter/selfie_segmentation.lua"),
)


def collection(*paths: str) -> dict[str, Any]:
    entries = [{"path": path, "settings": {"kept": path}} for path in paths]
    return {
        "name": "Untitled",
        "modules": {"other": 1, "scripts-tool": entries},
        "sources": [{"id": "scene"}],
    }


def test_scripts_are_appended_in_order_behind_the_users_own() -> None:
    result = obs_scripts.with_scripts(collection("/users/own.lua"), SCRIPTS)

    assert obs_scripts.script_paths(result) == ["/users/own.lua", *(s.as_posix() for s in SCRIPTS)]
    assert result["modules"]["other"] == 1


@pytest.mark.parametrize("bare", [{}, {"modules": {}}])
def test_collection_without_scripts_gets_a_list(bare: dict[str, Any]) -> None:
    assert len(obs_scripts.script_paths(obs_scripts.with_scripts(bare, SCRIPTS))) == 2


def test_adding_twice_changes_nothing() -> None:
    once = obs_scripts.with_scripts(collection(), SCRIPTS)
    once["modules"]["scripts-tool"][0]["settings"] = {"chosen": "by the user"}

    assert obs_scripts.with_scripts(once, SCRIPTS) == once


def test_another_checkouts_scripts_are_replaced_in_place() -> None:
    """A moved checkout once left its old script behind: OBS then loaded the filter twice."""
    old = collection(
        "/old/obs_plugin/selfie_segmentation.py", "/users/own.lua", r"C:\x\filter\selfie_segmentation.lua"
    )

    result = obs_scripts.with_scripts(old, SCRIPTS)

    assert obs_scripts.script_paths(result) == [
        SCRIPTS[0].as_posix(),
        "/users/own.lua",
        SCRIPTS[1].as_posix(),
    ]
    assert result["modules"]["scripts-tool"][0]["settings"] == {
        "kept": "/old/obs_plugin/selfie_segmentation.py"
    }


def test_removing_is_the_inverse() -> None:
    before = collection("/users/own.lua")
    unchanged = copy.deepcopy(before)

    assert obs_scripts.without_scripts(obs_scripts.with_scripts(before, SCRIPTS), SCRIPTS) == before
    assert before == unchanged


@pytest.mark.parametrize("broken", [{"modules": []}, {"modules": {"scripts-tool": {}}}])
def test_other_shapes_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(obs_scripts.UnexpectedCollectionError):
        obs_scripts.with_scripts(broken, SCRIPTS)


@pytest.mark.parametrize(("platform", "devices"), [("linux", 2), ("win32", 2), ("darwin", 1), ("", 0)])
def test_first_collection_has_the_platforms_audio_devices(platform: str, devices: int) -> None:
    first = obs_scripts.first_collection("Untitled", platform)

    assert sum(key.endswith("AudioDevice1") for key in first) == devices
