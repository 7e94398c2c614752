"""The install record, read as the script in OBS reads it, and whether it fits what is here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.errors import UserError

INSTALL = "run install/install.py"
_FORMAT = 1


class InstallRecordError(UserError):
    """There is no record, or it is damaged."""


@dataclass(frozen=True)
class InstallRecord:
    """What ``install.py`` recorded. ``obs_version`` is empty where it found no OBS."""

    version: str
    checkout: Path
    python: Path
    python_version: str
    site_packages: tuple[str, ...]
    script: Path
    lua_half: Path
    obs_version: str


def read_install_record(path: Path) -> InstallRecord:
    """Return the record at ``path``.

    Raises:
        InstallRecordError: there is none, it is damaged, or another version of the product wrote it.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != _FORMAT:
            raise ValueError(f"its format is {values['format']}, not {_FORMAT}")
        return InstallRecord(
            version=str(values["version"]),
            checkout=Path(values["checkout"]),
            python=Path(values["python"]),
            python_version=str(values["python_version"]),
            site_packages=tuple(str(folder) for folder in values["site_packages"]),
            script=Path(values["script"]),
            lua_half=Path(values["lua_half"]),
            obs_version=str((values["obs"] or {}).get("version", "")),
        )
    except FileNotFoundError:
        raise InstallRecordError("the engine is not installed", f"{path} is missing", INSTALL) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InstallRecordError(
            "the install record cannot be used", f"{path}: {error!r}", f"{INSTALL} again"
        ) from error


def find_mismatches(record: InstallRecord, checkout: Path, version: str) -> list[str]:
    """Return in words where the record does not fit this checkout; empty where all is well."""
    mismatches = []
    if record.checkout != checkout:
        mismatches.append(f"it is of the checkout {record.checkout}, this command of {checkout}")
    if record.version != version:
        mismatches.append(f"it is of version {record.version}, this is {version}")
    for path in (record.python, record.script, record.lua_half, *map(Path, record.site_packages)):
        if not path.exists():
            mismatches.append(f"{path} is gone")
    return mismatches
