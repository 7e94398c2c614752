"""Which files are opened as a background: their names come from settings, and anything can be typed there."""

from __future__ import annotations

from pathlib import Path

from selfieseg_engine.errors import PictureError

MAX_PICTURE_BYTES = 256 * 2**20


def require_plain_file(path: Path) -> None:
    """Raise ``PictureError`` for what is there but no file: opening a pipe or a device may never end.

    What is missing, or a folder, is told by whoever opens it.
    """
    try:
        strange = path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise PictureError(f"{path} cannot be read", str(error), "check the name") from error
    if strange:
        raise PictureError(f"{path} cannot be read", "it is not a plain file", "choose a file")


def require_picture_size(path: Path) -> None:
    """Raise ``PictureError`` for a file that is too large to be read whole into memory."""
    try:
        size = path.stat().st_size
    except OSError:
        return  # told by whoever opens it
    if size > MAX_PICTURE_BYTES:
        raise PictureError(
            f"{path} is too large",
            f"it has {size // 2**20} MB, and a picture may have {MAX_PICTURE_BYTES // 2**20}",
            "make it smaller",
        )
