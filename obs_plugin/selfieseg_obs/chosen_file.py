"""Looks at files that the user has chosen, on threads that nobody waits for.

A network drive that has gone may keep a look for minutes; neither the helper thread, which OBS waits for when
it unloads the script, nor anybody else's file may be held up by that.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from selfieseg_obs.words import say

LOOK_SECONDS = 1.0  # between two looks at a file
PATIENCE_S = 3.0  # before a look that does not end is told

Stamp = tuple[int, int]

_lock = threading.Lock()
_under_way: set[str] = set()  # guarded by _lock: at most one thread hangs on a path, whoever chooses it


@dataclass(frozen=True)
class ChosenFile:
    """What a look at a file told.

    Attributes:
        trouble: why it cannot be read, empty if nothing is known against it.
        stamp: (time of the last change in nanoseconds, bytes), None where there is trouble.
    """

    trouble: str
    stamp: Stamp | None


class FileLook:
    """Follows one file, looked at again and again. The helper thread only, which never waits here."""

    def __init__(self, key: str) -> None:
        """Begin without a file; ``key``.none, .missing, .folder and .unreadable are what is said of one."""
        self._key = key
        self._path = ""
        self._look: _Look | None = None
        self._newest: ChosenFile | None = None
        self._waits_since: float | None = None
        self._due = 0.0

    def follow(self, path: str, now: float) -> ChosenFile | None:
        """Return how the file ``path`` is, None before that is known; call again and again.

        ``now`` is in seconds.
        """
        if path != self._path:
            self._path, self._due = path, now
            self._look = self._newest = self._waits_since = None
        if not path:
            return ChosenFile(say(f"{self._key}.none"), None)
        if self._look is None and now >= self._due:
            if self._waits_since is None:
                self._waits_since = now
            self._look = _begin(path, self._key)
        if self._look is not None and self._look.found is not None:
            self._newest, self._due = self._look.found, now + LOOK_SECONDS
            self._look = self._waits_since = None
        if self._waits_since is not None and now - self._waits_since > PATIENCE_S:
            return _unreadable(path, self._key, os.strerror(errno.ETIMEDOUT))
        return self._newest


class _Look:
    """One look, on its thread; ``found`` is set once, at its end."""

    def __init__(self) -> None:
        self.found: ChosenFile | None = None


def _begin(path: str, key: str) -> _Look | None:
    """Look at a file beside; None where a look at it is under way, maybe for somebody else."""
    with _lock:
        if path in _under_way:
            return None
        _under_way.add(path)
    look = _Look()

    def work() -> None:
        try:
            look.found = look_at(path, key)
        finally:
            with _lock:
                _under_way.discard(path)

    try:
        start_thread(work)
    except RuntimeError as error:  # the system has no thread left
        with _lock:
            _under_way.discard(path)
        look.found = _unreadable(path, key, error)
    return look


def start_thread(work: Callable[[], None]) -> None:
    """Do ``work`` on a thread that is never joined: the interpreter may end before it does."""
    threading.Thread(target=work, name="selfieseg file look", daemon=True).start()


def _unreadable(path: str, key: str, why: object) -> ChosenFile:
    return ChosenFile(say(f"{key}.unreadable", path=path, why=why), None)


def look_at(path: str, key: str) -> ChosenFile:
    """Return how the file is. It may take as long as a drive likes."""
    try:
        found = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return ChosenFile(say(f"{key}.missing", path=path), None)
    except (OSError, ValueError) as error:
        return _unreadable(path, key, error)
    if stat.S_ISDIR(found.st_mode):
        return ChosenFile(say(f"{key}.folder", path=path), None)
    return ChosenFile("", (found.st_mtime_ns, found.st_size))
