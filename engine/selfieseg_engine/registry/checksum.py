"""What a file holds, as far as trusting it goes. Any thread."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from selfieseg_engine.registry.manifest import Digest

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileState:
    """A file that was found and read to its end. ``digest`` is None where there is none to compare with."""

    path: Path
    digest: Digest | None


def sha256_of(path: Path) -> str:
    """Return the file's sha256 in lowercase hexadecimal digits. Raises ``OSError``."""
    return digest_of(path, "sha256").digits


def digest_of(path: Path, kind: Literal["sha256", "git-blob"]) -> Digest:
    """Return the file's digest. Raises ``OSError``."""
    if kind == "sha256":
        digest = hashlib.sha256()
    else:
        # git's documentation, "Git Internals - Git Objects": the sha1 of a header and the content.
        digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return Digest(kind, digest.hexdigest())


def state_of(path: Path, wanted: Digest | None) -> FileState | None:
    """Return what ``path`` holds, told as ``wanted`` is; None where there is no such file.

    Raises ``OSError``.
    """
    if not path.is_file():
        return None
    return FileState(path, None if wanted is None else digest_of(path, wanted.kind))
