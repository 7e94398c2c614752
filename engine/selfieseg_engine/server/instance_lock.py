"""One engine per run directory: a lock of the operating system, which dies with its process."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from selfieseg_wire.engine_record import ENGINE_LOCK_NAME

_LOCK_MODE = 0o600


class AlreadyRunningError(Exception):
    """Another engine holds the lock of this run directory."""


@contextlib.contextmanager
def instance_lock(run_dir: Path) -> Iterator[None]:
    """Hold the lock of ``run_dir``. Main thread.

    Raises:
        AlreadyRunningError: another process holds it.
        OSError: the folder cannot be written.
    """
    path = run_dir / ENGINE_LOCK_NAME
    descriptor = _acquire(path)
    try:
        yield
    finally:
        if sys.platform == "win32":
            # An open file cannot be removed there; and once closed, only if no other engine has it open.
            os.close(descriptor)
            with contextlib.suppress(OSError):
                path.unlink()
        else:
            path.unlink(missing_ok=True)
            os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), _LOCK_MODE)
        try:
            _lock_or_raise(descriptor)
            if _is_still_named(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # A leaving engine removed the file between our open and our lock: what we hold has no name.
        os.close(descriptor)


def _is_still_named(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock_or_raise(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            raise AlreadyRunningError from None

else:
    import fcntl

    def _lock_or_raise(descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError from None
