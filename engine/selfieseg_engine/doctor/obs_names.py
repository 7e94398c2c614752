"""What OBS's files know that is nobody else's: names, files, addresses and keys. Only reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_KEYS = ("key", "token", "refresh_token", "password", "username", "bearer_token", "cookie")
_LEAST_SECRET = 4  # shorter ones would tear words apart


@dataclass(frozen=True)
class ObsNames:
    """Private texts of OBS. ``unread`` are files that could not be understood: their names are not known."""

    names: tuple[str, ...]
    secrets: tuple[str, ...]
    unread: int


def read_obs_names(config: Path) -> ObsNames:
    """Return the names, files and keys in OBS's scene collections and profiles.

    ``config`` is OBS's folder ``obs-studio``; without one there is nothing to know.
    """
    names: set[str] = set()
    secrets: set[str] = set()
    unread = 0
    files = [*config.glob("basic/scenes/*.json"), *config.glob("basic/profiles/*/*.json")]
    for path in files:
        names.add(path.stem if path.parent.name == "scenes" else path.parent.name)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            unread += 1
            continue
        for key, text in _texts("", content):
            if key in _KEYS:
                secrets.add(text)
            elif key == "name" or "/" in text or "\\" in text:
                names.add(text)
    return ObsNames(
        tuple(sorted(name for name in names if name.strip())),
        tuple(sorted(secret for secret in secrets if len(secret) >= _LEAST_SECRET)),
        unread,
    )


def _texts(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(name, each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(key, each)
