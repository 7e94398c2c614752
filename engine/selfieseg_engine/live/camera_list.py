"""Which cameras this machine has, and why one cannot be used. Opens none. Any thread."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.live.errors import CameraError

_DEVICES = Path("/dev")
_NAMES = Path("/sys/class/video4linux")
_OTHER_SYSTEMS = (
    "it is not connected, another program has it, or this program may not use it",
    "check the number, close the other program, and look into the system's privacy settings for the camera",
)


@dataclass(frozen=True)
class CameraFolders:
    """Where Linux lists its cameras: device files, and what they are called."""

    devices: Path = _DEVICES
    names: Path = _NAMES

    def device(self, number: int) -> Path:
        """Return the device file of a camera."""
        return self.devices / f"video{number}"


def list_cameras(folders: CameraFolders) -> dict[int, str]:
    """Return the cameras by number, with their names.

    A camera may have more device files, which tell of its pictures rather than give them: passed over.
    """
    found: dict[int, str] = {}
    for path in folders.devices.glob("video*"):
        number = re.fullmatch(r"video([0-9]+)", path.name)
        if number and _read(folders.names / path.name / "index", "0") == "0":
            found[int(number[1])] = _read(folders.names / path.name / "name", path.name)
    return dict(sorted(found.items()))


def require_camera(number: int, platform: str = sys.platform, folders: CameraFolders | None = None) -> None:
    """Raise ``CameraError`` where it is plain that a camera cannot be opened; only Linux tells beforehand."""
    folders = folders or CameraFolders()
    if platform != "linux":
        return
    device = folders.device(number)
    if not device.exists():
        raise CameraError(f"camera {number} cannot be opened", *_not_there(device, list_cameras(folders)))
    if not os.access(device, os.R_OK | os.W_OK):
        raise CameraError(
            f"camera {number} cannot be opened",
            f"you may not use {device}",
            "run `sudo usermod -aG video $USER` and log in again",
        )


def no_pictures(
    number: int, platform: str = sys.platform, folders: CameraFolders | None = None
) -> CameraError:
    """Return the error of a camera that is there and gives no pictures."""
    if platform != "linux":
        return CameraError(f"camera {number} cannot be opened", *_OTHER_SYSTEMS)
    folders = folders or CameraFolders()
    others = [each for each in list_cameras(folders).items() if each[0] != number]
    remedy = "close other programs that show it"
    if others:
        remedy += f", or use another one: {_listed(dict(others))}"
    return CameraError(
        f"camera {number} gives no pictures",
        f"another program has {folders.device(number)}, or it is no camera",
        remedy,
    )


def _not_there(device: Path, cameras: dict[int, str]) -> tuple[str, str]:
    if cameras:
        return f"there is no {device}", f"use one that is here: {_listed(cameras)}"
    return "no camera is connected to this machine", "connect one, or play a recording with --input FILE"


def _listed(cameras: dict[int, str]) -> str:
    return ", ".join(f"{number} ({name})" for number, name in cameras.items())


def _read(path: Path, otherwise: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or otherwise
    except OSError:
        return otherwise
