"""Steadies the masks of a stream, without a trail. One thread at a time.

The smoothed mask is carried along with the picture's motion, and takes a share of each new mask: a small one
where the picture has been seen before, all of it where it is new. A mask that drops out for a frame is
bridged so; one that stays different is believed from its third frame on, whatever the picture looks like,
so that nothing that was smoothed outlives three frames.
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
# The least share of a new mask that has been different for 0, 1, 2, 3 frames.
_BELIEF = np.array([0, 0, 0.5, 1], np.float32)


class Smoother:
    """The memory of one stream."""

    def __init__(self) -> None:
        self._smooth: F32Image | None = None
        self._different_for: npt.NDArray[np.uint8] | None = None

    def smooth(self, mask: F32Image, motion: Motion | None, smoothing: float) -> F32Image:
        """Return the mask (float32 HxW in 0…1) steadied by those before.

        Args:
            mask: of the newest picture.
            motion: to it from the one before; None begins another stream, and so does a cut.
            smoothing: 0 (none) … 1.
        """
        if motion is None or motion.is_cut or self._smooth is None or self._different_for is None:
            self._smooth, self._different_for = mask, np.zeros(mask.shape, np.uint8)
            return mask
        expected = motion.carry(self._smooth)
        waited = motion.carry(self._different_for, cv2.INTER_NEAREST)
        differs = cv2.absdiff(mask, expected) > _DIFFERENT
        waited = np.where(differs, np.minimum(waited + 1, len(_BELIEF) - 1), 0).astype(np.uint8)
        least = max(_LEAST_SHARE, (1 - smoothing) ** _FALL)
        share = np.maximum(least + (1 - least) * motion.surprise, _BELIEF[waited])
        self._different_for = waited
        self._smooth = np.asarray(expected + share * (mask - expected), np.float32)
        return self._smooth

    def reset(self) -> None:
        """Forget everything."""
        self._smooth = self._different_for = None
