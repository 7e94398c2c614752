"""Maps the ring file that a client names, after proving that it may be mapped.

The path comes from another process: it must be a plain file of this user directly inside the private
run directory, so that no message can make the engine open anything else.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from selfieseg_engine.errors import UserError
from selfieseg_wire.ring import Ring, RingError
from selfieseg_wire.shared_region import SharedRegion

_REMEDY = "restart OBS; if it stays, report this"


class RingFileError(UserError):
    """The named file is not a ring that this engine may map."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"the frame ring {path!r} cannot be used", why, _REMEDY)


class MappedRing:
    """A ring and the mapping it lies in. One thread at a time; ``close`` after the last view is gone."""

    def __init__(self, region: SharedRegion, ring: Ring) -> None:
        self.ring = ring
        self._region = region

    def close(self) -> None:
        """Unmap. The file stays: its maker removes it.

        Raises:
            BufferError: somebody still holds a view, or an inference request its buffers.
        """
        self.ring.release()
        self._region.close()


def open_ring(ring_path: str, run_dir: Path) -> MappedRing:
    """Map the ring at ``ring_path``. Any thread.

    Raises:
        RingFileError: outside ``run_dir``, no plain file of this user, or not a ring.
    """
    path = _checked(ring_path, run_dir)
    try:
        region = SharedRegion.open(path)
    except (OSError, ValueError) as error:
        raise RingFileError(ring_path, str(error)) from error
    memory = region.memory
    try:
        return MappedRing(region, Ring.attach(memory))
    except RingError as error:
        memory.release()
        region.close()
        raise RingFileError(ring_path, str(error)) from error


def _checked(ring_path: str, run_dir: Path) -> Path:
    path = Path(ring_path)
    try:
        inside = path.is_absolute() and path.parent.resolve(strict=True) == run_dir.resolve(strict=True)
        if not inside or path.name in ("", ".", ".."):
            raise RingFileError(ring_path, f"it is not directly inside {run_dir}")
        info = path.lstat()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise RingFileError(ring_path, str(error)) from error
    if not stat.S_ISREG(info.st_mode):
        raise RingFileError(ring_path, "it is not a plain file")
    if sys.platform != "win32" and info.st_uid != os.getuid():
        raise RingFileError(ring_path, "it belongs to another user")
    return path
