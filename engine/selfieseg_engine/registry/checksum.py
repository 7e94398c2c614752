"""What a file holds, as far as trusting it goes. Any thread."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileState:
    """A file that was found and read to its end."""

    path: Path
    sha256: str


def sha256_of(path: Path) -> str:
    """Return the file's sha256 in lowercase hexadecimal digits. Raises ``OSError``."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def state_of(path: Path) -> FileState | None:
    """Return what ``path`` holds, or None where there is no such file. Raises ``OSError``."""
    return FileState(path, sha256_of(path)) if path.is_file() else None
