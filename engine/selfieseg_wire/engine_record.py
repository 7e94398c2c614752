"""How a running engine is found: one small file in the private run directory.

The engine writes it once its socket is bound and removes it when it leaves; clients read it. The token
in it proves to the engine that a client may read the run directory. Standard library only; any thread.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

ENGINE_RECORD_NAME = "engine.json"
ENGINE_LOCK_NAME = "engine.lock"
_RECORD_MODE = 0o600
_FIELD_TYPES = {
    "pid": int,
    "endpoint": str,
    "token": str,
    "version": str,
    "protocol": int,
    "server_key": str,
}


class EngineRecordError(ValueError):
    """The record is there but not usable (another version wrote it, or it was damaged)."""


@dataclass(frozen=True)
class EngineRecord:
    """Where a running engine listens. ``server_key`` is a CURVE public key (Z85), empty for ``ipc``."""

    pid: int
    endpoint: str
    token: str
    version: str
    protocol: int
    server_key: str = ""

    def write(self, run_dir: Path) -> None:
        """Put the record into ``run_dir``, whole or not at all.

        Raises:
            OSError: the folder cannot be written.
        """
        temporary = run_dir / f"{ENGINE_RECORD_NAME}.{os.getpid()}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _RECORD_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        temporary.replace(run_dir / ENGINE_RECORD_NAME)

    @classmethod
    def read(cls, run_dir: Path) -> EngineRecord | None:
        """Return the record in ``run_dir``, or None where no engine has left one.

        Raises:
            EngineRecordError: it cannot be understood.
        """
        try:
            values = json.loads((run_dir / ENGINE_RECORD_NAME).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise EngineRecordError(f"{run_dir / ENGINE_RECORD_NAME}: {error}") from error
        try:
            record = cls(**values)
        except TypeError as error:
            raise EngineRecordError(f"{run_dir / ENGINE_RECORD_NAME}: {error}") from error
        for name, kind in _FIELD_TYPES.items():
            if type(getattr(record, name)) is not kind:
                raise EngineRecordError(f"{run_dir / ENGINE_RECORD_NAME}: {name} is no {kind.__name__}")
        return record
