"""Make a filter's frame ring, publish it to the Lua half, and take it back safely. The helper thread only."""

from __future__ import annotations

import ctypes
import itertools
import os
from pathlib import Path

from selfieseg_wire.paths import make_private_dir
from selfieseg_wire.ring import CLASS_PLANES, MAX_PAYLOAD_BYTES, Ring, RingLayout
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import FilterEntry

# One being filled, one under way, one waiting, one result being read, two to spare.
SLOTS = 6
# The largest work size of the models that we know, as RGBX; a matte has one byte a pixel.
LARGEST_SIDE = 513
FRAME_CAPACITY_BYTES = LARGEST_SIDE * LARGEST_SIDE * 4
RESULT_CAPACITY_BYTES = LARGEST_SIDE * LARGEST_SIDE
# Of whole frames and finished pictures: they take 10 ms and more each, so fewer are under way.
COMPOSITE_SLOTS = 4
CLASS_SIDE = 512
PLANE_CAPACITY_BYTES = CLASS_SIDE * CLASS_SIDE * 4

Size = tuple[int, int]

_numbers = itertools.count(1)


def plan_ring(composite_size: Size | None) -> RingLayout:
    """Return the layout for mattes, or for finished pictures of ``composite_size`` (width, height)."""
    if composite_size is None:
        return RingLayout.plan(SLOTS, FRAME_CAPACITY_BYTES, RESULT_CAPACITY_BYTES, PLANE_CAPACITY_BYTES)
    width, height = composite_size
    capacity = max(FRAME_CAPACITY_BYTES, width * height * 4)
    return RingLayout.plan(COMPOSITE_SLOTS, capacity, capacity, PLANE_CAPACITY_BYTES)


def fits_a_ring(size: Size) -> bool:
    """Return whether finished pictures of this size can go through a ring."""
    return 0 < size[0] * size[1] * 4 <= MAX_PAYLOAD_BYTES


class RingHost:
    """A ring file in the run directory, mapped here."""

    def __init__(self, run_dir: Path, composite_size: Size | None = None) -> None:
        """Create it, for mattes or for finished pictures of ``composite_size``, which must fit a ring.

        Raises:
            OSError: no room, or the run directory cannot be used.
        """
        make_private_dir(run_dir)
        layout = plan_ring(composite_size)
        path = run_dir / f"ring-{os.getpid()}-{next(_numbers)}"
        self._region = SharedRegion.create(path, layout.total_bytes)
        self.path = path
        self.ring = Ring.format(self._region.memory, layout)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._region.memory))

    def publish(self, entry: FilterEntry, work_width: int, work_height: int) -> None:
        """Let the Lua half write work frames of this size into the ring."""
        entry.ring_address = self._address
        entry.work_width, entry.work_height = work_width, work_height
        entry.ring_generation += 1

    @staticmethod
    def unpublish(entry: FilterEntry) -> None:
        """Take the ring from the Lua half; wait for the renders under way before ``close``."""
        entry.ring_address = 0
        entry.ring_generation += 1

    def planes_written(self) -> int:
        """Return how many class planes the engine has written."""
        return max(int(self.ring.plane(index).seq_end) for index in range(CLASS_PLANES))

    def close(self) -> None:
        """Unmap and remove the file; no render may be using it any more."""
        self.ring.release()
        self._region.close()

    def abandon(self) -> None:
        """Remove the file and leave the memory mapped for good: a render that is stuck may yet use it."""
        self._region.keep_mapped()
