"""A task's sign of life: how many frames it has made, in a small file that the coordinator reads."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

_SECONDS_BETWEEN = 0.5


class RunOverError(Exception):
    """The run that a task belongs to is over: nobody wants what it makes."""


class Beat:
    """Of one task. One thread at a time."""

    def __init__(self, run: Path, key: str) -> None:
        self._path = run / "beats" / key
        self._frames = 0
        self._told = 0.0

    def frame(self) -> None:
        """Count a frame that is made. Raises ``RunOverError``."""
        self._frames += 1
        now = time.monotonic()
        if now - self._told >= _SECONDS_BETWEEN:
            self._told = now
            self.tell()

    def tell(self) -> None:
        """Write the count. Raises ``RunOverError``."""
        try:
            self._path.write_text(str(self._frames), encoding="ascii")
        except FileNotFoundError as error:
            raise RunOverError(str(self._path)) from error


def frames_made(run: Path, keys: Collection[str]) -> int:
    """Return how many frames the tasks with these keys have made so far."""
    return sum(_read(run / "beats" / key) for key in keys)


def _read(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):  # not begun, or being written
        return 0
