"""Where the picture of a report goes. One thread at a time."""

from __future__ import annotations

import tempfile
from pathlib import Path

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.benchmarks.drawing import require_matplotlib
from selfieseg_engine.errors import UserError

_SUFFIX = ".png"


def require_picture_place(path: Path) -> None:
    """Raise ``UserError`` unless a report can be drawn and a PNG be written to ``path``."""
    require_matplotlib()
    if path.suffix.lower() != _SUFFIX:
        raise _unwritable(path, "it does not end in .png", "call it report.png, say")
    if path.is_dir():
        raise _unwritable(path, "it is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise _unwritable(path, f"there is no folder {path.parent}", "make it, or name another")
    try:
        # Tried, not asked: who is root, or on Windows, may be told yes and then fail.
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _not_permitted(path, error) from error


def write_picture_file(path: Path, png: bytes) -> None:
    """Write the picture, whole or not at all; one that is there is replaced. Raises ``UserError``."""
    try:
        write_bytes_atomically(path, png)
    except OSError as error:
        raise _not_permitted(path, error) from error


def _not_permitted(path: Path, error: OSError) -> UserError:
    return _unwritable(path, error.strerror or str(error), "check the folder and its permissions")


def _unwritable(path: Path, why: str, remedy: str) -> UserError:
    return UserError(f"the picture {path} cannot be written", why, remedy)
