"""Files that appear whole or not at all. Standard library only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from selfieseg_setup.console import SetupError


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` in one move; an existing file keeps its permissions.

    Raises:
        SetupError: the folder or the disk does not allow it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            part.chmod(mode)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(
            f"cannot write {path}",
            f"the system says '{error.strerror or error}'",
            "check the folder and free space",
        ) from error


def check_writable(folder: Path) -> None:
    """Raise SetupError where ``folder`` cannot be written to; trying beats reading permission bits."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise SetupError(
            f"cannot install into {folder}",
            f"the folder is read-only for you ('{error.strerror or error}')",
            "copy the checkout to a folder of your own and run install.py there",
        ) from error
