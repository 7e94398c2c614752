"""A file mapped by two processes. Plain mmap: nothing is unlinked or tracked behind our back.

The file lies in the private run directory (memory-backed where the system has such a place); the side
that creates a region unlinks it. Any thread.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from pathlib import Path
from types import TracebackType

PRIVATE_FILE_MODE = 0o600
# Windows removes no file that somebody maps: by reading, this has not run there.
_MAPPED_FILES_STAY = os.name == "nt"
_left: set[Path] = set()


class SharedRegion:
    """Mapped memory, zeroed when created."""

    def __init__(self, path: Path, mapping: mmap.mmap, owner: bool) -> None:
        self.path = path
        self._mapping = mapping
        self._owner = owner

    @classmethod
    def create(cls, path: Path, size: int) -> SharedRegion:
        """Make and map a new file of ``size`` bytes.

        Raises:
            OSError: it exists already, or there is no room or no permission.
        """
        descriptor = os.open(
            path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE_MODE
        )
        try:
            os.ftruncate(descriptor, size)
            if hasattr(os, "posix_fallocate"):
                # Now, and as an error: a page that cannot be had later is a SIGBUS in the middle of OBS.
                os.posix_fallocate(descriptor, 0, size)
            return cls(path, mmap.mmap(descriptor, size), owner=True)
        except BaseException:
            path.unlink()
            raise
        finally:
            os.close(descriptor)

    @classmethod
    def open(cls, path: Path) -> SharedRegion:
        """Map an existing file, whole, for reading and writing.

        Raises:
            OSError: it is not there, or may not be opened.
            ValueError: it is empty.
        """
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
        try:
            return cls(path, mmap.mmap(descriptor, os.fstat(descriptor).st_size), owner=False)
        finally:
            os.close(descriptor)

    @property
    def memory(self) -> memoryview:
        """Return a new writable view of the whole region; release it before ``close``."""
        return memoryview(self._mapping)

    def unlink(self) -> None:
        """Remove the file's name; mappings stay valid. Only its maker does this, and only once matters.

        Where a file stays as long as the other side maps it, it is removed at a later region's end, or by
        the engine's sweep when this process has ended.
        """
        if not self._owner:
            return
        for path in (*_left, self.path):
            _left.discard(path)
            try:
                path.unlink(missing_ok=True)
            except PermissionError:
                if not _MAPPED_FILES_STAY:
                    raise
                _left.add(path)

    def keep_mapped(self) -> None:
        """Remove the file's name and leave the memory mapped until the process ends, whoever forgets it."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._mapping))
        self.unlink()

    def close(self) -> None:
        """Unmap, and remove the file if this side made it.

        Raises:
            BufferError: a view is still held.
        """
        self._mapping.close()
        self.unlink()

    def __enter__(self) -> SharedRegion:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
