"""What a batch has done, a line of JSON each, so that another run can go on. One thread at a time.

A line is on the disk before the next one is begun. One that was cut (the machine went down) is passed over.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

Record = dict[str, Any]


def read_journal(path: Path) -> list[Record]:
    """Return all whole records, oldest first; none where there is no journal. Raises ``OSError``."""
    if not path.exists():
        return []
    records = []
    for line in path.read_bytes().split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue  # cut
        if isinstance(record, dict):
            records.append(record)
    return records


class Journal:
    """Appends records. A context manager. Raises ``OSError``."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab+")
        if self._file.tell() > 0:
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")  # the last line was cut: it stays alone

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, record: Record) -> None:
        """Write a record; it is on the disk when this returns."""
        self._file.write(json.dumps(record).encode("ascii") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
