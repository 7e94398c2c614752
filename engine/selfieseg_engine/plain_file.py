"""Which files are opened because a user named them: anything can be typed there. Any thread."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from selfieseg_engine.errors import PictureError

# Only stat can be trusted not to wait: opening a pipe waits for a writer, and a device may never end.
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def require_plain_file(path: Path) -> None:
    """Raise ``PictureError`` unless ``path`` is a plain file, or a link to one. Opens nothing."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise PictureError(f"{path} cannot be read", "there is no such file", "check the name") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise _unreadable(path, error) from error
    _require_plain_mode(path, mode)


def read_plain_file(path: Path, max_bytes: int) -> bytes:
    """Return what a plain file holds, without ever waiting for anybody else.

    Raises:
        PictureError: it is missing, no plain file, may not be read, or has more than ``max_bytes``.
    """
    require_plain_file(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | _WITHOUT_WAITING)
        with os.fdopen(descriptor, "rb") as file:
            info = os.fstat(descriptor)  # of what was opened: the name may stand for something else by now
            _require_plain_mode(path, info.st_mode)
            content = file.read(max_bytes + 1) if info.st_size <= max_bytes else b""
            size = max(info.st_size, len(content))
    except OSError as error:
        raise _unreadable(path, error) from error
    if size > max_bytes:
        raise PictureError(
            f"{path} is too large",
            f"it has {size // 2**20} MB, and a picture may have {max_bytes // 2**20}",
            "make it smaller",
        )
    return content


def _require_plain_mode(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise PictureError(f"{path} cannot be read", "it is a folder", "choose a file in it")
    if not stat.S_ISREG(mode):
        raise PictureError(f"{path} cannot be read", "it is not a plain file", "choose a file")


def _unreadable(path: Path, error: OSError | ValueError) -> PictureError:
    why = getattr(error, "strerror", None) or str(error)
    return PictureError(f"{path} cannot be read", why, "check the name and its permissions")
