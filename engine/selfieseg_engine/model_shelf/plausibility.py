"""How much a mask looks like that of a person in the picture. Pure; any thread."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

FloatMask = npt.NDArray[np.float32]

ENOUGH = 0.5
_LEAST, _MOST = 0.02, 0.95
_HALF = 0.5
_SIDE = 256
# Smaller differences mean nothing: then the more usual normalisation wins. Without a known model to compare
# with, much larger ones mean nothing (seen with five models on six photos).
_TIE, _TIE_OF_GUESSES = 0.01, 0.05


def shows_somebody(mask: FloatMask) -> bool:
    """Return whether a believable part of the picture (HxW, 0…1) is a person."""
    return bool(_LEAST <= float(np.mean(mask > _HALF)) <= _MOST)


def score(mask: FloatMask, reference: FloatMask | None) -> float:
    """Return how good a mask seems, 0…1; below ``ENOUGH`` it is none.

    Args:
        mask: float32 HxW; values outside 0…1 are cut off.
        reference: the mask of a known model for the same picture, float32 in 0…1, of any size. The score is
            then what both have in common. Without one, a mask is good where it is decided and in one piece.
    """
    sized = _sized(mask)
    if reference is not None:
        known = _sized(reference)
        either = float(np.maximum(sized, known).sum())
        return float(np.minimum(sized, known).sum()) / either if either else 0.0
    if not shows_somebody(sized):
        return 0.0
    decided = float(np.mean(np.abs(sized - _HALF))) / _HALF
    return decided * _share_of_largest_piece(sized > _HALF)


def best_of(scores: list[float], compared: bool) -> int:
    """Return the index of the first score that is hardly below the highest.

    ``compared``: they come from comparing with a known model.
    """
    least = max(scores) - (_TIE if compared else _TIE_OF_GUESSES)
    return next(index for index, each in enumerate(scores) if each >= least)


def _sized(mask: FloatMask) -> FloatMask:
    clipped = np.clip(np.nan_to_num(mask), 0, 1)
    return np.asarray(cv2.resize(clipped, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float32)


def _share_of_largest_piece(pixels: npt.NDArray[np.bool_]) -> float:
    _, _, stats, _ = cv2.connectedComponentsWithStats(pixels.astype(np.uint8))
    pieces = stats[1:, cv2.CC_STAT_AREA]
    return float(pieces.max() / pieces.sum()) if len(pieces) else 0.0
