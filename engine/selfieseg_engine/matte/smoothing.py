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

from selfieseg_engine.matte.motion import Motion

F32Image = npt.NDArray[np.float32]

_LEAST_SHARE = 0.05
# share = (1 − smoothing) ** this: 0.15 at 0.5, which had the steadiest mattes with the least error.
_FALL = 2.75
_DIFFERENT = 0.35
# It stays different, in the same direction, while it is off by more than this: what the smoothed mask has
# taken of it meanwhile leaves less of the difference.
_STILL_DIFFERENT = 0.05
# The least share of a new mask that has been different for 0, 1, 2, 3 frames.
_BELIEF = np.array([0, 0, 0.5, 1], np.float32)


def least_share(smoothing: float) -> float:
    """Return the share that a new mask has where nothing has moved; ``smoothing`` is 0…1."""
    return float(max(_LEAST_SHARE, (1 - smoothing) ** _FALL))


class Smoother:
    """The memory of one stream."""

    def __init__(self) -> None:
        self._smooth: F32Image | None = None
        # For how many frames masks have been higher than what was smoothed; below 0: lower.
        self._different_for: npt.NDArray[np.int16] | None = None

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
        off = mask - expected
        self._different_for = _counted_on(motion.carry(self._different_for, cv2.INTER_NEAREST), off)
        belief = _BELIEF[np.minimum(np.abs(self._different_for), len(_BELIEF) - 1)]
        least = least_share(smoothing)
        share = np.maximum(least + (1 - least) * motion.surprise, belief)
        self._smooth = np.asarray(expected + share * off, np.float32)
        return self._smooth

    def reset(self) -> None:
        """Forget everything."""
        self._smooth = self._different_for = None


def _counted_on(before: npt.NDArray[np.int16], off: F32Image) -> npt.NDArray[np.int16]:
    """Return for how many frames each pixel is off in the same direction, this one included; signed."""
    begins = (off > _DIFFERENT).astype(np.int16) - (off < -_DIFFERENT)
    goes_on = np.sign(before) * off > _STILL_DIFFERENT
    return np.asarray(np.where(goes_on, before + np.sign(before), begins), np.int16)
