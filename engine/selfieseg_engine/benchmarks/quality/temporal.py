"""How steady a stream of mattes is. Pure; any thread."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.u8_matte import Person, U8Matte

_BAND_PIXELS = 20
_HUNDRED = 100

Change = npt.NDArray[np.int16]  # HxW, −255…255


def change_between(u8_before: U8Matte, u8_after: U8Matte) -> Change:
    """Return what changed from one frame to the next."""
    return np.asarray(cv2.subtract(u8_after, u8_before, dtype=cv2.CV_16S), np.int16)


def dtssd(change: Change, true_change: Change) -> float:
    """Return the temporal coherence error of one pair of frames, ×100; less is better.

    √(mean over all pixels of (dα/dt − dα*/dt)²), α in 0…1, dt one frame: dtSSD of Erofeev et al., BMVC 2015,
    with the mean in the place of the sum, and ×100, as Lin et al., WACV 2022, print it. A sequence has the
    mean of its pairs. A matte that is wrong all the time in the same way has none: MAD tells that.
    """
    wrong = cv2.subtract(change, true_change, dtype=cv2.CV_16S)
    return _HUNDRED * float(cv2.norm(wrong, cv2.NORM_L2)) / 255 / math.sqrt(wrong.size)


def instability(change: Change, true_change: Change) -> float:
    """Return the mean of |dα/dt − dα*/dt| of one pair of frames, ×100; less is better."""
    wrong = cv2.subtract(change, true_change, dtype=cv2.CV_16S)
    return _HUNDRED * float(cv2.norm(wrong, cv2.NORM_L1)) / 255 / wrong.size


def edge_band(true_person: Person) -> npt.NDArray[np.bool_]:
    """Return a band 20 px wide (10 to each side) along the true edge, bool HxW, at the frame's own size."""
    u8_person = true_person.astype(np.uint8)
    # Of odd width: the edge lies between two pixels, so that either side gets one half of the band.
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_BAND_PIXELS + 1, _BAND_PIXELS + 1))
    grown = cv2.dilate(u8_person, disc)
    shrunk = cv2.erode(u8_person, disc, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return np.asarray((grown > 0) & (shrunk == 0))


def flicker(u8_before: U8Matte, u8_after: U8Matte, band: npt.NDArray[np.bool_]) -> float | None:
    """Return the mean of |dα/dt| ×100 in the band, for two frames of a picture that stands still.

    None where there is no edge.
    """
    pixels = int(band.sum())
    if not pixels:
        return None
    moved = float(cv2.norm(u8_before, u8_after, cv2.NORM_L1, mask=band.astype(np.uint8)))
    return _HUNDRED * moved / 255 / pixels
