"""Debian and Ubuntu packages, installed with apt where we may. Standard library only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from selfieseg_setup.console import SetupError, step

_OBS = "obs-studio"
# Debian keeps OBS's sources and its script window in a package of their own, which obs-studio recommends.
_OBS_PLUGINS = "obs-plugins"


def can_install() -> bool:
    """Whether this is Debian or Ubuntu and we are root."""
    return (
        hasattr(os, "geteuid") and os.geteuid() == 0 and Path("/etc/debian_version").exists() and _has_apt()
    )


def missing(packages: Iterable[str]) -> list[str]:
    """Return those of ``packages`` that are not installed; all of them where there is no dpkg."""
    return [package for package in packages if not _is_installed(package)]


def install_command(packages: Sequence[str]) -> str:
    """Return what a user without our rights would type."""
    return f"sudo apt install {' '.join(packages)}"


def install(packages: Iterable[str]) -> list[str]:
    """Install what is missing of ``packages`` and return it.

    Raises:
        SetupError: apt failed.
    """
    wanted = missing(packages)
    if not wanted:
        return []
    if not all(_is_known(package) for package in wanted):
        step("reading the package lists (apt-get update)")
        _apt("update", "-qq")
    if _OBS in wanted and _OBS_PLUGINS in _recommended_by(_OBS):
        wanted += missing([_OBS_PLUGINS])
    step(f"installing {' '.join(wanted)} (apt-get install)")
    try:
        _apt("install", "-y", "-qq", "--no-install-recommends", *wanted)
    except SetupError:
        # Lists that are days old name packages that the server no longer has.
        _apt("update", "-qq")
        _apt("install", "-y", "-qq", "--no-install-recommends", *wanted)
    return wanted


def _has_apt() -> bool:
    return shutil.which("apt-get") is not None


def _is_installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False
    )
    return answer.stdout == "install ok installed"


def _is_known(package: str) -> bool:
    return bool(_show(package))


def _recommended_by(package: str) -> set[str]:
    line = re.search(r"^Recommends: (.*)$", _show(package), re.MULTILINE)
    return set(re.findall(r"[a-z0-9][a-z0-9.+-]+", line.group(1))) if line else set()


def _show(package: str) -> str:
    command = ["apt-cache", "show", "--no-all-versions", package]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _apt(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        complaint = next(
            (line for line in done.stderr.splitlines() if line.startswith("E:")), "no reason given"
        )
        raise SetupError(
            f"apt-get {arguments[0]} failed",
            f"it says '{complaint}'",
            "check the internet connection and the package sources, or install OBS yourself",
        )
