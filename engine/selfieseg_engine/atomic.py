"""Files and folders that appear whole or not at all. Any thread."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_dir_beside(target: Path) -> Iterator[Path]:
    """Yield an empty folder on the same file system as ``target``, removed afterwards.

    What is made in it can be moved to ``target`` with one atomic ``replace``. Raises ``OSError``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def move_whole(made: Path, target: Path) -> None:
    """Move a file or a folder to ``target``, whose folder is made, from another file system too.

    A file replaces a file; a folder replaces nothing but an empty one. Raises ``OSError``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with scratch_dir_beside(target) as scratch:
            copy = scratch / "whole"
            if made.is_dir():
                shutil.copytree(made, copy)
            else:
                shutil.copyfile(made, copy)
            copy.replace(target)


def write_bytes_atomically(target: Path, content: bytes) -> None:
    """Write ``content`` so that nobody ever sees a part of it at ``target``. Raises ``OSError``."""
    with scratch_dir_beside(target) as scratch:
        part = scratch / target.name
        part.write_bytes(content)
        part.replace(target)
