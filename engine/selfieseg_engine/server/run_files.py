"""What lies in the run directory: the record of this engine, and what killed processes left behind."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from selfieseg_engine.region_file import maker_of
from selfieseg_engine.server.endpoint import SOCKET_NAME
from selfieseg_wire.engine_record import ENGINE_RECORD_NAME, EngineRecord, EngineRecordError

logger = logging.getLogger(__name__)

_HALF_A_RECORD = re.compile(rf"{re.escape(ENGINE_RECORD_NAME)}\.([0-9]{{1,10}})")


def stale_names(names: Iterable[str], pid_exists: Callable[[int], bool]) -> list[str]:
    """Return which of ``names`` are of processes that are gone: rings, backdrops, half-written records.

    Pure.
    """
    makers = {name: _maker_of(name) for name in names}
    return [name for name, pid in makers.items() if pid is not None and not pid_exists(pid)]


def _maker_of(name: str) -> int | None:
    match = _HALF_A_RECORD.fullmatch(name)
    return int(match[1]) if match else maker_of(name)


class StaleFiles:
    """Removes what dead processes left in a run directory. One thread."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._told: set[str] = set()

    def remove(self, pid_exists: Callable[[int], bool]) -> None:
        """Look for such files now; what cannot be removed stays, and is logged once."""
        try:
            names = [path.name for path in self._run_dir.iterdir()]
        except OSError as error:  # somebody has removed the folder under us
            names = []
            self._tell_once(self._run_dir.name, error)
        for name in stale_names(names, pid_exists):
            try:
                (self._run_dir / name).unlink(missing_ok=True)
                logger.info("removed %s, left by a process that is gone", name)
            except OSError as error:
                self._tell_once(name, error)

    def _tell_once(self, name: str, error: OSError) -> None:
        if name not in self._told:
            self._told.add(name)
            logger.warning("cannot clean up %s in %s: %s", name, self._run_dir, error)


@contextlib.contextmanager
def published(record: EngineRecord, run_dir: Path) -> Iterator[None]:
    """Keep ``record`` in ``run_dir`` meanwhile; it replaces that of a killed engine. Main thread.

    Raises:
        OSError: the folder cannot be written.
    """
    record.write(run_dir)
    try:
        yield
    finally:
        if _is_ours(record, run_dir):
            (run_dir / ENGINE_RECORD_NAME).unlink(missing_ok=True)
            (run_dir / SOCKET_NAME).unlink(missing_ok=True)


def _is_ours(record: EngineRecord, run_dir: Path) -> bool:
    # Somebody may have emptied the folder under us, and a second engine may live there now.
    try:
        return EngineRecord.read(run_dir) == record
    except EngineRecordError as error:
        logger.warning("the engine's record was damaged: %s", error)
        return False
