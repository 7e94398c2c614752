"""Fake OBS trees, one per platform, below a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from selfieseg_setup.locate_obs import Machine

LINUX_SCRIPTING = b"\x7fELF..libluajit-5.1.so.2\0libpython3.11.so.1.0\0"


@pytest.fixture
def linux_machine(tmp_path: Path) -> Callable[..., Machine]:
    """Makes a Linux machine with OBS, whose libobs-scripting links what the test says."""

    def make(scripting: bytes | None = LINUX_SCRIPTING, version: str = "OBS Studio - 29.0.2") -> Machine:
        binary = tmp_path / "usr/bin/obs"
        binary.parent.mkdir(parents=True)
        binary.write_text(f"#!/bin/sh\nmkdir -p $XDG_CONFIG_HOME/obs-studio $HOME/x\necho '{version}'\n")
        binary.chmod(0o755)
        if scripting is not None:
            library = tmp_path / "usr/lib/x86_64-linux-gnu/libobs-scripting.so.1"
            library.parent.mkdir(parents=True)
            library.write_bytes(scripting)
        environment = {"HOME": str(tmp_path / "home"), "PATH": str(binary.parent)}
        return Machine("linux", tmp_path, environment)

    return make


@pytest.fixture
def windows_machine(tmp_path: Path) -> Machine:
    obs = tmp_path / "Program Files/obs-studio"
    for name in ("bin/64bit/obs64.exe", "data/obs-scripting/64bit/obslua.dll"):
        (obs / name).parent.mkdir(parents=True)
        (obs / name).touch()
    environment = {"ProgramFiles": str(tmp_path / "Program Files"), "APPDATA": str(tmp_path / "Roaming")}
    return Machine("win32", tmp_path, environment)


@pytest.fixture
def mac_machine(tmp_path: Path) -> Machine:
    contents = tmp_path / "Applications/OBS.app/Contents"
    for name in ("MacOS/OBS", "PlugIns/obslua.so"):
        (contents / name).parent.mkdir(parents=True)
        (contents / name).touch()
    return Machine("darwin", tmp_path, {"HOME": str(tmp_path / "home")})


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the two scripts."""
    folder = tmp_path / "checkout"
    for name in ("obs_plugin/selfie_segmentation.py", "obs_plugin/filter/selfie_segmentation.lua"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder
