"""How long OBS's graphics thread took for its frames, out of the profile that OBS leaves at its end. Pure."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable

GRAPHICS_THREAD = "obs_graphics_thread"

# Microseconds -> number of frames.
FrameTimes = Counter[int]


class ProfileError(ValueError):
    """The profile has no frames of the graphics thread, or is not what OBS writes."""


def parse_profile(text: str) -> FrameTimes:
    """Return the duration of every frame in OBS's ``profiler_data/*.csv``.

    Raises:
        ProfileError: there are none, or a column is missing.
    """
    times: FrameTimes = Counter()
    for row in csv.DictReader(text.splitlines()):
        try:
            # "obs_graphics_thread(33.3333 ms)"; the same name comes again for the time between calls.
            if row["name"].partition("(")[0] == GRAPHICS_THREAD and row["time_between_calls"] == "0":
                times[int(row["time_delta_µs"])] += int(row["count"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProfileError(f"OBS's profile has an unexpected form ({error!r})") from error
    if not times:
        raise ProfileError(f"OBS's profile does not tell of {GRAPHICS_THREAD}")
    return times


def pooled(runs: Iterable[FrameTimes]) -> FrameTimes:
    """Return the frames of several runs together."""
    return sum(runs, start=Counter())


def percentile_ms(times: FrameTimes, fraction: float) -> float:
    """Return the milliseconds that ``fraction`` (0…1) of the frames do not exceed; ``times`` is not empty."""
    rank = max(1, math.ceil(fraction * times.total()))
    for microseconds in sorted(times):
        rank -= times[microseconds]
        if rank <= 0:
            return microseconds / 1000
    raise ProfileError("there are no frames")
