"""The composite of a still: with its bits, its transparency, and grey where it was grey. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.compose import composite
from selfieseg_engine.composite.deep import composite_deep
from selfieseg_engine.composite.look import Look
from selfieseg_engine.result import SegmentationResult
from selfieseg_engine.stills.still import Pixels, Still, as_u8, without_alpha


@dataclass(frozen=True)
class StillFrames:
    """The 8-bit likenesses of a still, both uint8 HxWx3 BGR.

    Attributes:
        seen: what a model is shown, and a viewer sees on white.
        straight: the still's own colours; the same picture where it is opaque.
    """

    seen: npt.NDArray[np.uint8]
    straight: npt.NDArray[np.uint8]


def frames_of(still: Still) -> StillFrames:
    """Return the 8-bit likenesses of a still."""
    straight = as_u8(still.bgr)
    if still.alpha is None:
        return StillFrames(straight, straight)
    return StillFrames(as_u8(without_alpha(still).bgr), straight)


def compose_still(
    still: Still, frames: StillFrames, result: SegmentationResult, look: Look, wants_deep: bool
) -> Pixels:
    """Return the picture that the look makes of a still, as ``write_still`` takes it.

    What is transparent in the still stays so; where a new background lies, too. In the views ``matte`` and
    ``classes`` nothing is transparent.

    Args:
        still: the picture.
        frames: of this still.
        result: of segmenting ``frames.seen``.
        look: what is wanted.
        wants_deep: give 16 bits for a still of 16 bits; else 8.

    Raises:
        FrameError, BackgroundError, PictureError: see ``composite``.
    """
    is_deep = wants_deep and still.is_deep
    if is_deep:
        picture: Pixels = composite_deep(still.bgr, frames.straight, result, look)
    else:
        picture = composite(frames.straight, result, look=look)
    if still.alpha is not None and look.view in ("result", "split"):
        return _with_alpha(picture, still.alpha if is_deep else as_u8(still.alpha))
    if still.is_grey and _is_neutral(picture):
        return np.ascontiguousarray(picture[:, :, 0])
    return picture


def _with_alpha(picture: Pixels, alpha: Pixels) -> Pixels:
    """Return BGRA: ``alpha`` times the picture's own, where it has one."""
    if picture.shape[2] == 4:
        most = np.uint32(np.iinfo(alpha.dtype).max)
        product = picture[:, :, 3].astype(np.uint32) * alpha
        alpha = ((product + most // np.uint32(2)) // most).astype(alpha.dtype)
    return np.dstack((picture[:, :, :3], alpha))


def _is_neutral(picture: Pixels) -> bool:
    if picture.shape[2] != 3:
        return False
    blue, green, red = picture[:, :, 0], picture[:, :, 1], picture[:, :, 2]
    return np.array_equal(blue, green) and np.array_equal(green, red)
