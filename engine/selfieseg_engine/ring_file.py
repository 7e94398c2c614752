"""Maps the ring file that a client names, after proving that it may be mapped."""

from __future__ import annotations

from pathlib import Path

from selfieseg_engine.errors import UserError
from selfieseg_engine.region_file import RegionFileError, checked_region_path
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
            BufferError: somebody still holds a view.
        """
        self.ring.release()
        self._region.close()


def open_ring(ring_path: str, run_dir: Path) -> MappedRing:
    """Map the ring at ``ring_path``. Any thread.

    Raises:
        RingFileError: outside ``run_dir``, no plain file of this user, or not a ring.
    """
    try:
        region = SharedRegion.open(checked_region_path(ring_path, run_dir, "ring"))
    except (RegionFileError, OSError, ValueError) as error:
        raise RingFileError(ring_path, str(error)) from error
    memory = region.memory
    try:
        return MappedRing(region, Ring.attach(memory))
    except RingError as error:
        memory.release()
        region.close()
        raise RingFileError(ring_path, str(error)) from error
