"""A picture as OBS's GPU shrinks it, to the bit: mattes that lean on those before would drift apart else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.obs.product import Picture


def shrunk_by_gpu(picture: Picture, size: tuple[int, int]) -> Picture:
    """Return a picture (uint8 HxWx3) as a work frame of ``size`` (width, height), uint8.

    A linear filter, one sample a pixel, as Mesa's llvmpipe computes it: along the lines, rounded to 8 bits,
    and then across them. OpenCV rounds once, and one value in seven is another by one level.
    """
    return _across_lines(_across_lines(picture.swapaxes(0, 1), size[0]).swapaxes(0, 1), size[1])


def _across_lines(picture: Picture, lines: int) -> Picture:
    places: NDArray[np.float64] = (np.arange(lines) + 0.5) * picture.shape[0] / lines - 0.5
    before = np.floor(places).astype(int)
    share = (places - before)[:, None, None]
    first, second = (picture[np.clip(at, 0, picture.shape[0] - 1)] for at in (before, before + 1))
    mixed: NDArray[np.float64] = first * (1 - share) + second * share
    return np.floor(mixed + 0.5).astype(np.uint8)
