"""Which file of another process this engine may map.

The path comes from another process: it must be a plain file of this user directly inside the private
run directory, so that no message can make the engine open anything else.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path


class RegionFileError(Exception):
    """The path names nothing that may be mapped; the text says why."""


def checked_region_path(named_path: str, run_dir: Path) -> Path:
    """Return ``named_path`` if it may be mapped. Any thread.

    Raises:
        RegionFileError: outside ``run_dir``, missing, or no plain file of this user.
    """
    path = Path(named_path)
    try:
        inside = path.is_absolute() and path.parent.resolve(strict=True) == run_dir.resolve(strict=True)
        if not inside or path.name in ("", ".", ".."):
            raise RegionFileError(f"it is not directly inside {run_dir}")
        info = path.lstat()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise RegionFileError(str(error)) from error
    if not stat.S_ISREG(info.st_mode):
        raise RegionFileError("it is not a plain file")
    if sys.platform != "win32" and info.st_uid != os.getuid():
        raise RegionFileError("it belongs to another user")
    return path
