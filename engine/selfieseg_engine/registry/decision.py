"""What to do to have a model's weights at hand: decided from facts alone. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfieseg_engine.registry.checksum import FileState
from selfieseg_engine.registry.manifest import WeightsFile


@dataclass(frozen=True)
class UseCached:
    """The cached file is the right one."""


@dataclass(frozen=True)
class CopyLocal:
    """The user's own copy is the right one; bring it into the cache."""

    found: FileState


@dataclass(frozen=True)
class Refuse:
    """The user's own copy is another file. Falling back silently would hide that from its owner."""

    found: FileState


@dataclass(frozen=True)
class Download:
    """Nothing usable is here. ``damaged`` is the cached file that must be replaced, if there is one."""

    damaged: FileState | None


Action = UseCached | CopyLocal | Refuse | Download


def decide(weights: WeightsFile, local: Sequence[FileState], cached: FileState | None) -> Action:
    """Return the one thing to do.

    Args:
        weights: what the manifest names; it has a digest.
        local: files of that name in the folders of ``SELFIESEG_MODEL_PATH``, in order; the first counts.
        cached: the file of that name in the data directory.
    """
    if local and local[0].digest != weights.digest:
        return Refuse(local[0])
    if cached is not None and cached.digest == weights.digest:
        return UseCached()
    return CopyLocal(local[0]) if local else Download(damaged=cached)
