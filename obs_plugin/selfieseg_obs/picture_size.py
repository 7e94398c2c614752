"""How large a filter's picture is, as the engine may be told. Pure."""

from __future__ import annotations

from selfieseg_obs.ring_host import Size
from selfieseg_wire.messages import MAX_SIDE
from selfieseg_wire.structs import FilterEntry


def picture_size(entry: FilterEntry) -> Size:
    """Return (width, height), 0 where it is not known, and at most what a message holds."""
    return min(entry.frame_width, MAX_SIDE), min(entry.frame_height, MAX_SIDE)
