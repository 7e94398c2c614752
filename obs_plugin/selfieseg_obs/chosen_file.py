"""Looks at a file that the user has chosen. The helper thread only."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from selfieseg_obs.words import say

Stamp = tuple[int, int]


@dataclass(frozen=True)
class ChosenFile:
    """What a look at a file told.

    Attributes:
        trouble: why it cannot be read, empty if nothing is known against it.
        stamp: (time of the last change in nanoseconds, bytes), None where there is trouble.
    """

    trouble: str
    stamp: Stamp | None


def look_at(path: str, key: str) -> ChosenFile:
    """Return how the file is, said with the texts ``key``.none, .missing, .folder and .unreadable."""
    if not path:
        return ChosenFile(say(f"{key}.none"), None)
    try:
        found = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return ChosenFile(say(f"{key}.missing", path=path), None)
    except (OSError, ValueError) as error:
        return ChosenFile(say(f"{key}.unreadable", path=path, why=error), None)
    if stat.S_ISDIR(found.st_mode):
        return ChosenFile(say(f"{key}.folder", path=path), None)
    return ChosenFile("", (found.st_mtime_ns, found.st_size))
