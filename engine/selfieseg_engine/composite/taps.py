"""Where bilinear samples lie along a picture's side. Pure; any thread."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

# The pixel before each sample, within the side; the one after it; how much of that one counts. For each
# distance ``d`` first the samples at −d, then those at +d: 2nxlength each.
Taps = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float32]]


@lru_cache(maxsize=32)
def taps_along(count: int, length: int, distances: tuple[float, ...]) -> Taps:
    """Return the taps of ``length`` pixels in a side of ``count``, which goes on as it ends.

    ``distances`` from the pixels' middles are in pixels of that side.
    """
    middle = (np.arange(length) + 0.5) * (count / length) - 0.5
    places = np.stack([middle + sign * distance for distance in distances for sign in (-1, 1)])
    before = np.floor(places)
    return (
        np.clip(before, 0, count - 1).astype(np.int32),
        np.clip(before + 1, 0, count - 1).astype(np.int32),
        (places - before).astype(np.float32),
    )
