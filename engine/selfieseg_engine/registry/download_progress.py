"""How far this process's downloads are: whoever downloads tells, anyone may look. Any thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

_lock = threading.Lock()
_running: dict[int, DownloadProgress] = {}


@dataclass(frozen=True)
class DownloadProgress:
    """One download under way. ``total_bytes`` is 0 while nobody knows how many there will be."""

    model_id: str
    done_bytes: int
    total_bytes: int


class DownloadReport:
    """Where the one thread that downloads tells how far it is. Others see it by ``current_downloads``."""

    def __init__(self, model_id: str) -> None:
        self._progress = DownloadProgress(model_id, 0, 0)
        with _lock:
            _running[id(self)] = self._progress

    def tell(self, done_bytes: int, total_bytes: int) -> None:
        """Replace what was told before; ``total_bytes`` 0 = unknown."""
        self._progress = replace(self._progress, done_bytes=done_bytes, total_bytes=total_bytes)
        with _lock:
            _running[id(self)] = self._progress

    def end(self) -> None:
        """Take the download off the list."""
        with _lock:
            del _running[id(self)]


@contextmanager
def reported_download(model_id: str) -> Iterator[DownloadReport]:
    """Yield the report of one download, which is listed until the block is left, however that happens."""
    report = DownloadReport(model_id)
    try:
        yield report
    finally:
        report.end()


def current_downloads() -> tuple[DownloadProgress, ...]:
    """Return the downloads under way in this process, the oldest first."""
    with _lock:
        return tuple(_running.values())
