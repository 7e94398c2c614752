"""Chooses the Python that OBS shall load at run time, on Windows and macOS. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from selfieseg_setup import locate_obs, python_env
from selfieseg_setup.console import SetupError
from selfieseg_setup.python_env import Interpreter


def choose(
    platform: str, find_python: Callable[[int | None], Interpreter] = python_env.find_python
) -> tuple[Interpreter, Path]:
    """Return the newest Python that OBS can load, and the folder to name in its configuration.

    Raises:
        SetupError: there is none on this machine.
    """
    newest = locate_obs.NEWEST_LOADABLE_MINOR
    for minor in range(newest, locate_obs.OLDEST_LOADABLE_MINOR - 1, -1):
        try:
            interpreter = find_python(minor)
        except SetupError:  # none of this minor version; an older one serves as well
            continue
        folder = folder_for_obs(interpreter.path, platform)
        if folder is not None and locate_obs.loadable_python_minor(folder, platform) == minor:
            return interpreter, folder
    raise SetupError(
        "OBS has no Python to run the script with",
        f"no 64-bit Python 3.{locate_obs.OLDEST_LOADABLE_MINOR} to 3.{newest} is installed",
        f"install Python 3.{newest} (64 bit) from python.org for this user and run this again",
    )


def folder_for_obs(interpreter: Path, platform: str) -> Path | None:
    """Return the folder to name to OBS, so that it loads ``interpreter``; None if there is none."""
    if platform == "win32":
        return interpreter.parent
    for folder in interpreter.resolve().parents:
        if folder.name == "Python.framework":
            return folder.parent
    return None
