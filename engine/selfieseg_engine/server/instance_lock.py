"""One engine per run directory. Main thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from selfieseg_engine.lock_file import LockedError, lock_file
from selfieseg_wire.engine_record import ENGINE_LOCK_NAME


class AlreadyRunningError(Exception):
    """Another engine holds the lock of this run directory."""


@contextlib.contextmanager
def instance_lock(run_dir: Path) -> Iterator[None]:
    """Hold the lock of ``run_dir``.

    Raises:
        AlreadyRunningError: another process holds it.
        OSError: the folder cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock_file(run_dir / ENGINE_LOCK_NAME))
        except LockedError as error:
            raise AlreadyRunningError from error
        yield
