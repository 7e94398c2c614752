"""What is known of the OBS on this machine. Data only: the commands fill it in from set-up's search."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.errors import UserError


@dataclass(frozen=True)
class ObsFacts:
    """One OBS. ``version`` is empty where it never ran and does not tell."""

    binary: Path
    version: str
    python_minor: int | None
    has_lua: bool
    running: bool
    collection: Path
    scripts_registered: bool
    logs: Path


@dataclass(frozen=True)
class ObsSearch:
    """What the search for OBS came to: facts, or why there are none.

    Attributes:
        facts: the OBS that was found and can be used.
        trouble: there is one, but it cannot be used, or its files cannot be read.
        flatpak_only: it is here only as a Flatpak, which cannot be used.
    """

    facts: ObsFacts | None
    trouble: UserError | None = None
    flatpak_only: bool = False
