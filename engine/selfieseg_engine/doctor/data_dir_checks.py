"""Whether models, caches and logs have a place: writable, and with room."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.names import DATA_DIR

_LEAST_BYTES = 50_000_000  # a large model and what OpenVINO makes of it
_COMFORTABLE_BYTES = 500_000_000


@dataclass(frozen=True)
class DataDirFacts:
    """What the data directory is like.

    Attributes:
        place: the folder itself, or the nearest above it that is there.
        is_folder: ``place`` is one.
        is_writable: this user may make files in ``place``, and in the folders that the product made below.
        is_open: others may write there.
        free_bytes: of the disk of ``place``.
    """

    path: Path
    place: Path
    is_folder: bool
    is_writable: bool
    is_open: bool
    free_bytes: int


def check_data_dir(path: Path) -> Check:
    """Look at the data directory without making it. Raises ``OSError``."""
    return judge_data_dir(look_at(path))


def look_at(path: Path) -> DataDirFacts:
    """Return the facts about ``path``. Raises ``OSError``."""
    place = path
    while not os.path.lexists(place):
        place = place.parent
    folders = [place]
    if place == path and place.is_dir():
        folders += [each for each in path.iterdir() if each.is_dir()]
    is_writable = all(os.access(folder, os.W_OK | os.X_OK) for folder in folders)
    mode = place.stat().st_mode
    is_open = sys.platform != "win32" and place == path and bool(mode & stat.S_IWOTH)
    return DataDirFacts(path, place, stat.S_ISDIR(mode), is_writable, is_open, shutil.disk_usage(place).free)


def judge_data_dir(facts: DataDirFacts) -> Check:
    """Judge the facts. Pure."""
    other = "or set SELFIESEG_DATA_DIR to another folder"
    if not facts.is_folder:
        found = f"{facts.place} is no folder"
        return Check(DATA_DIR, "fail", found, f"move it away, {other}")
    if not facts.is_writable:
        found = f"{facts.place}, or a folder in it, may not be written to"
        return Check(
            DATA_DIR, "fail", found, f"run: chmod -R u+rwX {facts.place}; if that fails, chown it, {other}"
        )
    if facts.is_open:
        found = f"{facts.path} may be written to by everybody"
        return Check(DATA_DIR, "warn", found, f"run: chmod o-w {facts.path}")
    free = f"{facts.path}, {facts.free_bytes / 1e6:.0f} MB free there"
    if facts.free_bytes < _LEAST_BYTES:
        return Check(DATA_DIR, "fail", free, f"make room on that disk, {other}")
    if facts.free_bytes < _COMFORTABLE_BYTES:
        return Check(DATA_DIR, "warn", free, f"make room before you fetch more models, {other}")
    return Check(DATA_DIR, "ok", free)
