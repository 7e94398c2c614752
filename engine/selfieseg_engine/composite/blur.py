"""Blurs the background without the person in it. Pure; any thread.

A plain blur smears the person's colours around the person (a halo). Here every pixel counts by how much
of it is background: the weighted frame and the weights are blurred alike, then divided. The weight is
squared, because the matte's ramp is wider than the person's real edge. Strong blurs work on a smaller
picture, so the cost hardly depends on the strength.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

_SIGMA_OF_SHORT_SIDE = 0.06  # at full strength: about 43 px at 720p
_MAX_WORK_SIGMA = 3.0  # above this the picture is halved instead; well below half of it the enlarging shows
# Deep inside the person no background is near: any colour will do there, for none of it is seen.
_NO_WEIGHT = 1e-6


def blur_background(
    frame_bgr: npt.NDArray[np.uint8], matte: npt.NDArray[np.float32], strength: int
) -> npt.NDArray[np.uint8]:
    """Return the uint8 HxWx3 BGR background, blurred; the person's place is filled from around it.

    Args:
        frame_bgr: uint8 HxWx3.
        matte: float32 HxW in 0…1, 1 = person, whose colour does not count.
        strength: 0…100; 0 returns the frame as it is.
    """
    height, width = frame_bgr.shape[:2]
    sigma = strength / 100 * _SIGMA_OF_SHORT_SIDE * min(height, width)
    if sigma <= 0:
        return frame_bgr
    factor = 1
    while sigma / factor > _MAX_WORK_SIGMA:
        factor *= 2
    weights = np.square(1 - matte)
    weighted_bgr = np.multiply(frame_bgr, weights[:, :, np.newaxis], dtype=np.float32)
    if factor > 1:
        work_size = (max(width // factor, 1), max(height // factor, 1))
        weights = np.asarray(cv2.resize(weights, work_size, interpolation=cv2.INTER_AREA), np.float32)
        weighted_bgr = np.asarray(
            cv2.resize(weighted_bgr, work_size, interpolation=cv2.INTER_AREA), np.float32
        )
    blurred_weights = cv2.GaussianBlur(weights, (0, 0), sigma / factor)
    blurred_bgr = cv2.GaussianBlur(weighted_bgr, (0, 0), sigma / factor)
    colour = np.asarray(blurred_bgr / np.maximum(blurred_weights, _NO_WEIGHT)[:, :, np.newaxis], np.float32)
    if factor > 1:
        colour = np.asarray(cv2.resize(colour, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return np.rint(np.minimum(colour, 255)).astype(np.uint8)
