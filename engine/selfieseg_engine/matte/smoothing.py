"""Steadies the masks of a stream, without a trail. One thread at a time.

The smoothed mask is carried along with the picture's motion, and takes a share of each new mask: a small one
where the picture has been seen before, all of it where it is new. A mask that drops out for a frame is
bridged so; one that stays different (by a third of full opacity) is believed from its third frame on,
whatever the picture looks like: no ghost outlives three frames.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled
from selfieseg_engine.matte.motion import Motion

F32Image = npt.NDArray[np.float32]
I16Image = npt.NDArray[np.int16]

_LEAST_SHARE = 0.05
# share = (1 − smoothing) ** this: 0.15 at 0.5, which had the steadiest mattes with the least error.
_FALL = 2.75
_DIFFERENT = 0.35
# It stays different, in the same direction, while it is off by more than this: what the smoothed mask has
# taken of it meanwhile leaves less of the difference.
_STILL_DIFFERENT = 0.05
# The least share of a new mask that has been different for 0, 1, 2, 3 frames.
_BELIEF = np.array([0, 0, 0.5, 1], np.float32)
_BELIEVED = len(_BELIEF) - 1


def least_share(smoothing: float) -> float:
    """Return the share that a new mask has where nothing has moved; ``smoothing`` is 0…1."""
    return float(max(_LEAST_SHARE, (1 - smoothing) ** _FALL))


class Smoother:
    """The memory of one stream."""

    def __init__(self) -> None:
        self._smooth: F32Image | None = None
        # For how many frames masks have been higher than what was smoothed; below 0: lower.
        self._different_for: I16Image | None = None

    def smooth(self, mask: F32Image, motion: Motion | None, smoothing: float) -> F32Image:
        """Return the mask (float32 HxW in 0…1) steadied by those before.

        Args:
            mask: of the newest picture.
            motion: to it from the one before; None begins another stream, and so does a cut.
            smoothing: 0 (none) … 1.
        """
        if motion is None or motion.is_cut or self._smooth is None or self._different_for is None:
            self._smooth, self._different_for = mask, np.zeros(mask.shape, np.int16)
            return mask
        expected = motion.carry(self._smooth)
        different_for = motion.carry(self._different_for, cv2.INTER_NEAREST)
        least = np.float32(least_share(smoothing))
        self._smooth = _taken_in(mask, expected, motion.surprise, least, different_for)
        self._different_for = different_for
        return self._smooth

    def reset(self) -> None:
        """Forget everything."""
        self._smooth = self._different_for = None


@compiled
def _taken_in(
    mask: F32Image, expected: F32Image, surprise: F32Image, least: np.float32, different_for: I16Image
) -> F32Image:
    """Return ``expected`` with each pixel's share of the new mask, and count ``different_for`` on.

    That says for how many frames each pixel is off in the same direction, this one included; signed.
    """
    height, width = mask.shape
    smooth = np.empty((height, width), np.float32)
    for y in range(height):
        line, new, old, unknown, counts = smooth[y], mask[y], expected[y], surprise[y], different_for[y]
        for x in range(width):
            off, count = new[x] - old[x], counts[x]
            direction = np.int16(count > 0) - np.int16(count < 0)
            if direction * off > np.float32(_STILL_DIFFERENT):
                count += direction
            else:
                count = np.int16(off > np.float32(_DIFFERENT)) - np.int16(off < np.float32(-_DIFFERENT))
            counts[x] = count
            share = max(least + (np.float32(1) - least) * unknown[x], _BELIEF[min(abs(count), _BELIEVED)])
            line[x] = old[x] + share * off
    return smooth
