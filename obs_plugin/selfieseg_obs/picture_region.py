"""The pixels of a background picture in shared memory: the engine writes them, the Lua half copies them.

The helper thread only.
"""

from __future__ import annotations

import ctypes
import itertools
import os
from pathlib import Path

from selfieseg_wire.paths import make_private_dir
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import FilterEntry

_numbers = itertools.count(1)


class PictureRegion:
    """A file of width x height RGBX pixels in the run directory, mapped here."""

    def __init__(self, run_dir: Path, width: int, height: int) -> None:
        """Create it, zeroed.

        Raises:
            OSError: no room, or the run directory cannot be used.
        """
        make_private_dir(run_dir)
        self.path = run_dir / f"backdrop-{os.getpid()}-{next(_numbers)}"
        self._size = width, height
        self._region = SharedRegion.create(self.path, width * height * 4)
        self._memory = self._region.memory
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))

    def publish(self, entry: FilterEntry) -> None:
        """Let the Lua half copy the pixels; before this nothing may be published in this place."""
        entry.backdrop_width, entry.backdrop_height = self._size
        entry.backdrop_address = self._address
        entry.background_generation += 1

    def close(self) -> None:
        """Unmap and remove the file; no render may be using it any more."""
        self._memory.release()
        self._region.close()

    def abandon(self) -> None:
        """Remove the file and leave the memory mapped for good: a render that is stuck may yet use it."""
        self._region.keep_mapped()
