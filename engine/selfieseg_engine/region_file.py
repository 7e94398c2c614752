"""Which file of another process this engine may map.

The path comes from another process: it must be a plain file of this user directly inside the private
run directory, called as such files are called, so that no message can make the engine open anything else.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Literal

Kind = Literal["ring", "backdrop"]
# What the OBS side calls them: kind, process id, number.
_NAME = re.compile(r"(ring|backdrop)-([0-9]{1,10})-[0-9]{1,20}")


class RegionFileError(Exception):
    """The path names nothing that may be mapped; the text says why."""


def maker_of(name: str) -> int | None:
    """Return the id of the process that made a region file, None for a name of another kind. Pure."""
    match = _NAME.fullmatch(name)
    return int(match[2]) if match else None


def checked_region_path(named_path: str, run_dir: Path, kind: Kind) -> Path:
    """Return ``named_path`` if it may be mapped as a region of this kind. Any thread.

    Raises:
        RegionFileError: outside ``run_dir``, another name, missing, or no plain file of this user.
    """
    path = Path(named_path)
    match = _NAME.fullmatch(path.name)
    try:
        inside = path.is_absolute() and path.parent.resolve(strict=True) == run_dir.resolve(strict=True)
        if not inside:
            raise RegionFileError(f"it is not directly inside {run_dir}")
        if match is None or match[1] != kind:
            raise RegionFileError(f"it is not called {kind}-PROCESS-NUMBER")
        info = path.lstat()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise RegionFileError(str(error)) from error
    if not stat.S_ISREG(info.st_mode):
        raise RegionFileError("it is not a plain file")
    if sys.platform != "win32" and info.st_uid != os.getuid():
        raise RegionFileError("it belongs to another user")
    return path
