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
from selfieseg_engine.doctor.names import RUN_DIR, SHARED_MEMORY

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
        is_writable: this user may make files there, or make it.
        filesystem: such as ``tmpfs``; empty where the system does not tell.
        total_bytes: of the file system that it is on.
    """

    path: Path
    exists: bool
    is_private: bool
    is_writable: bool
    filesystem: str
    free_bytes: int
    total_bytes: int


def check_run_dir(path: Path) -> Check:
    """Look at the run directory without making it. Raises ``OSError``."""
    return judge_run_dir(look_at(path))


def check_shared_memory(path: Path) -> Check:
    """Look how large the memory is that the run directory is in. Raises ``OSError``."""
    return judge_shared_memory(look_at(path))


def look_at(path: Path) -> RunDirFacts:
    """Return the facts about ``path``. Raises ``OSError``."""
    exists = os.path.lexists(path)
    place = path.resolve()
    while not place.exists():
        place = place.parent
    mounts = Path("/proc/self/mounts")
    text = mounts.read_text(encoding="utf-8", errors="surrogateescape") if mounts.exists() else ""
    usage = shutil.disk_usage(place)
    return RunDirFacts(
        path,
        exists,
        exists and _is_private(path),
        os.access(place, os.W_OK | os.X_OK),
        filesystem_of(place, text),
        usage.free,
        usage.total,
    )


def judge_run_dir(facts: RunDirFacts) -> Check:
    """Judge the facts. Pure."""
    if facts.exists and not facts.is_private:
        found = f"{facts.path} is open to others, or no folder of this user"
        return Check(RUN_DIR, "fail", found, f"run: chmod 700 {facts.path}; if that fails, remove it")
    if not facts.is_writable:
        found = f"{facts.path} may not be written to"
        return Check(RUN_DIR, "fail", found, f"run: chmod 700 {facts.path}, or set SELFIESEG_RUN_DIR")
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


def judge_shared_memory(facts: RunDirFacts) -> Check:
    """Judge the size of the file system, whatever else lies in it now. Pure."""
    found = f"{facts.total_bytes / 1e6:.0f} MB in all, a filter takes about {RING_BYTES / 1e6:.0f}"
    if facts.total_bytes < _COMFORTABLE_RINGS * RING_BYTES:
        remedy = (
            "make it larger (`mount -o remount,size=256m /dev/shm`; for a container `--shm-size=256m`), "
            "or set SELFIESEG_RUN_DIR"
        )
        return Check(SHARED_MEMORY, "fail" if facts.total_bytes < RING_BYTES else "warn", found, remedy)
    return Check(SHARED_MEMORY, "ok", found)


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
