"""Lets one thread of one process at a time do something, on this whole machine. Any thread."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_LOCK_MODE = 0o600
_POLL_SECONDS = 0.1


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``, waiting for whoever holds it. It dies with its process, and is removed.

    Raises ``OSError`` where it cannot be written.
    """
    descriptor = _acquire(path)
    try:
        yield
    finally:
        if sys.platform == "win32":
            # An open file cannot be removed there; and once closed, only if nobody waits for it.
            os.close(descriptor)
            with contextlib.suppress(OSError):
                path.unlink()
        else:
            path.unlink(missing_ok=True)
            os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)  # who held it before may have removed the empty folder
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), _LOCK_MODE)
        try:
            if _try_lock(descriptor) and _is_still_named(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        time.sleep(_POLL_SECONDS)


def _is_still_named(descriptor: int, path: Path) -> bool:
    """Tell whether the holder before us has not removed the file between our open and our lock."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
