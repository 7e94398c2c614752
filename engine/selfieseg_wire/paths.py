"""Where the product keeps things outside its checkout. Standard library only; any thread.

Three environment variables of the contract move them: ``SELFIESEG_RUN_DIR``,
``SELFIESEG_DATA_DIR`` and ``SELFIESEG_MODEL_PATH``.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

APP_NAME = "selfieseg"
INSTALL_RECORD_NAME = "install.json"
PRIVATE_DIR_MODE = 0o700


class UnsafeDirectoryError(OSError):
    """The run directory exists but other users could reach into it."""


def data_dir() -> Path:
    """Return the folder of models, caches, logs and the install record (it may not exist yet)."""
    override = os.environ.get("SELFIESEG_DATA_DIR")
    if override:
        return Path(override).expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / APP_NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / APP_NAME
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / APP_NAME


def install_record_path() -> Path:
    """Return where ``install.py`` writes how to start the engine, and the OBS script reads it."""
    return data_dir() / INSTALL_RECORD_NAME


def log_dir() -> Path:
    """Return the folder of the engine's rotating log."""
    return data_dir() / "logs"


def model_search_path() -> list[Path]:
    """Return the folders of ``SELFIESEG_MODEL_PATH``, in order; they are searched before any download."""
    raw = os.environ.get("SELFIESEG_MODEL_PATH", "")
    return [Path(part).expanduser().absolute() for part in raw.split(os.pathsep) if part]


def run_dir() -> Path:
    """Return the folder of sockets and shared memory: memory-backed where the system has such a place."""
    override = os.environ.get("SELFIESEG_RUN_DIR")
    if override:
        return Path(override).expanduser().absolute()
    if sys.platform == "win32":
        return data_dir() / "run"
    if sys.platform == "darwin":
        return Path(tempfile.gettempdir()) / APP_NAME
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / APP_NAME
    shared_memory = Path("/dev/shm")
    base = shared_memory if shared_memory.is_dir() else Path(tempfile.gettempdir())
    return base / f"{APP_NAME}-{os.getuid()}"


def make_private_dir(path: Path) -> Path:
    """Create ``path`` readable by this user alone, or check that it is.

    Raises:
        UnsafeDirectoryError: it is a link, or belongs to or is open to somebody else. The run
            directory may lie in a world-writable place, where another user could have made it first.
    """
    path.mkdir(mode=PRIVATE_DIR_MODE, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return path  # inherits the ACL of the user's own profile
    info = path.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid():
        raise UnsafeDirectoryError(f"{path} is not a folder of this user; remove it and try again")
    if info.st_mode & 0o077:
        raise UnsafeDirectoryError(f"{path} is open to other users; run: chmod 700 {path}")
    return path
