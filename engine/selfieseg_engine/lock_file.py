"""A lock of the operating system on this whole machine, which dies with its process. Any thread."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_LOCK_MODE = 0o600
_POLL_SECONDS = 0.1
FOREVER = math.inf


class LockedError(Exception):
    """Somebody else holds the lock."""


@contextlib.contextmanager
def lock_file(path: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock file ``path``, which is removed in the end.

    Who holds it is waited for that long; who waits makes its folder where it is missing.

    Raises:
        LockedError: another thread or process still holds it.
        OSError: the file cannot be written.
    """
    descriptor = _acquire(path, wait_seconds)
    try:
        yield
    finally:
        if sys.platform == "win32":
            # An open file cannot be removed there; and once closed, only if no other process has it open.
            os.close(descriptor)
            with contextlib.suppress(OSError):
                path.unlink()
        else:
            path.unlink(missing_ok=True)
            os.close(descriptor)


def _acquire(path: Path, wait_seconds: float) -> int:
    end = time.monotonic() + wait_seconds
    while True:
        if wait_seconds:
            path.parent.mkdir(parents=True, exist_ok=True)  # who held it may have removed the empty folder
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), _LOCK_MODE)
        try:
            is_ours = _try_lock(descriptor)
            if is_ours and _is_still_named(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if not is_ours:
            if time.monotonic() >= end:
                raise LockedError(f"{path} is locked")
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
