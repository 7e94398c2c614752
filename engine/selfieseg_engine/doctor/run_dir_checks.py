"""Whether sockets and frame rings have a place: private, in memory, large enough."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.names import RUN_DIR

RING_BYTES = 8_000_000  # about what one filter takes

_COMFORTABLE_RINGS = 4
_MEMORY_BACKED = frozenset({"tmpfs", "ramfs"})
_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class RunDirFacts:
    """What the run directory is like; ``free_bytes`` of where it would be made, if it is not there.

    Attributes:
        exists: a file, folder or link of that name is there.
        is_private: it is a folder of this user, and open to nobody else.
        filesystem: such as ``tmpfs``; empty where the system does not tell.
    """

    path: Path
    exists: bool
    is_private: bool
    filesystem: str
    free_bytes: int


def check_run_dir(path: Path) -> Check:
    """Look at the run directory without making it. Raises ``OSError``."""
    return judge_run_dir(look_at(path))


def look_at(path: Path) -> RunDirFacts:
    """Return the facts about ``path``. Raises ``OSError``."""
    exists = os.path.lexists(path)
    place = path.resolve()
    while not place.exists():
        place = place.parent
    mounts = Path("/proc/self/mounts")
    text = mounts.read_text(encoding="utf-8", errors="surrogateescape") if mounts.exists() else ""
    return RunDirFacts(
        path, exists, exists and _is_private(path), filesystem_of(place, text), shutil.disk_usage(place).free
    )


def judge_run_dir(facts: RunDirFacts) -> Check:
    """Judge the facts. Pure."""
    if facts.exists and not facts.is_private:
        found = f"{facts.path} is open to others, or no folder of this user"
        return Check(RUN_DIR, "fail", found, f"run: chmod 700 {facts.path}; if that fails, remove it")
    rings = facts.free_bytes // RING_BYTES
    free = f"{facts.free_bytes / 1e6:.0f} MB free there, a filter takes about {RING_BYTES / 1e6:.0f}"
    if rings < 1:
        return Check(RUN_DIR, "fail", f"{facts.path}: {free}", "make room there, or set SELFIESEG_RUN_DIR")
    if facts.filesystem and facts.filesystem not in _MEMORY_BACKED:
        found = f"{facts.path} is on a disk ({facts.filesystem}): every frame may be written to it"
        return Check(RUN_DIR, "warn", found, "set SELFIESEG_RUN_DIR to a folder below /dev/shm")
    if rings < _COMFORTABLE_RINGS:
        remedy = "make room there before you add more filters, or set SELFIESEG_RUN_DIR"
        return Check(RUN_DIR, "warn", f"{facts.path}: {free}", remedy)
    kind = f", {facts.filesystem}" if facts.filesystem else ""
    state = "private" if facts.exists else "made at the first start"
    return Check(RUN_DIR, "ok", f"{facts.path}, {state}{kind}, {free}")


def filesystem_of(path: Path, mounts: str) -> str:
    """Return the type of the file system of ``path`` (absolute), given ``/proc/self/mounts``. Pure."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(_ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[1]))
        # The last of equals: it is mounted over the others.
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def _is_private(path: Path) -> bool:
    info = path.lstat()
    if sys.platform == "win32":
        return stat.S_ISDIR(info.st_mode)  # inherits the ACL of the user's own profile
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077
