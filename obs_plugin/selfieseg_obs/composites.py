"""Who draws a filter's effects: OBS on the GPU, or the engine in finished pictures. Standard library only."""

from __future__ import annotations

from selfieseg_obs.options import Options
from selfieseg_obs.ring_host import Size, fits_a_ring
from selfieseg_wire.structs import FilterEntry


def composite_size(entry: FilterEntry, options: Options) -> Size | None:
    """Return the size of the finished pictures that the engine is to make, None where it makes mattes."""
    size = entry.frame_width, entry.frame_height
    return size if options.composed_in_engine and fits_a_ring(size) else None


def background_in_obs(entry: FilterEntry, options: Options) -> str:
    """Return the background that OBS's half is to have ready, empty where the engine has it.

    Before the first frame its size is not known: a choice of the engine counts, so that no file is opened
    only to be closed again.
    """
    is_undecided = options.composed_in_engine and not entry.frame_width
    return "" if is_undecided or composite_size(entry, options) is not None else options.background
