"""Mixes two pictures by a weight for each pixel. Pure; any thread."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.compiled import compiled
from selfieseg_engine.composite.taps import taps_along


def over(
    front: npt.NDArray[np.uint8], back: npt.NDArray[np.uint8], matte: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Return ``back`` moved towards ``front`` by ``matte / 255``, rounded, as a new picture.

    All are uint8: two HxWx3 and one HxW. Exactly ``front`` where the matte is 255, ``back`` where it is 0.
    """
    # For others it would be compiled anew, which would hold up a stream.
    front, back = (np.require(each, requirements=("C", "W")) for each in (front, back))
    result = np.empty_like(back)
    rows = len(matte)
    _mix_pixels(
        front.reshape(rows, -1),
        back.reshape(rows, -1),
        np.require(matte, requirements=("C", "W")),
        result.reshape(rows, -1),
    )
    return result


def over_stretched(
    front: npt.NDArray[np.uint8], small_back: npt.NDArray[np.uint8], matte: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Return ``over`` of a smaller ``back`` that is stretched bilinearly, to one level, and never kept whole.

    ``front`` is uint8 HxWx3, ``small_back`` uint8 hxwx3 of any smaller size, ``matte`` uint8 HxW.
    """
    rows, columns = matte.shape
    before, after, shares = taps_along(len(small_back), rows, (0.0,))
    # OpenCV stretches lines of 16 bits more quickly than those of 8.
    wide = cv2.resize(
        small_back.astype(np.uint16), (columns, len(small_back)), interpolation=cv2.INTER_LINEAR
    )
    front = np.require(front, requirements=("C", "W"))
    result = np.empty_like(front)
    _mix_stretched(
        front.reshape(rows, -1),
        np.asarray(wide, np.uint16).reshape(len(small_back), -1),
        before[0],
        after[0],
        np.rint(shares[0] * 256).astype(np.uint16),
        np.require(matte, requirements=("C", "W")),
        result.reshape(rows, -1),
    )
    return result


@compiled
def _mix_stretched(
    front: npt.NDArray[np.uint8],
    wide: npt.NDArray[np.uint16],
    before: npt.NDArray[np.int32],
    after: npt.NDArray[np.int32],
    shares: npt.NDArray[np.uint16],
    matte: npt.NDArray[np.uint8],
    result: npt.NDArray[np.uint8],
) -> None:
    """Do as ``_mix_pixels``; each line behind lies between two of ``wide``, by 256ths of the one after it."""
    weights, back = np.empty(front.shape[1], np.uint8), np.empty(front.shape[1], np.uint8)
    for y in range(len(matte)):
        above, below = wide[before[y]], wide[after[y]]
        share, rest = shares[y], np.uint16(np.uint16(256) - shares[y])
        for x in range(back.size):
            total = np.uint16(above[x] * rest) + np.uint16(below[x] * share) + np.uint16(128)
            back[x] = np.uint8(np.uint16(total) >> np.uint16(8))
        _repeat_thrice(matte[y], weights)
        _mix_line(front[y], back, weights, result[y])


@compiled
def _mix_pixels(
    front: npt.NDArray[np.uint8],
    back: npt.NDArray[np.uint8],
    matte: npt.NDArray[np.uint8],
    result: npt.NDArray[np.uint8],
) -> None:
    """Do as ``mix_lines`` for pictures of three channels: of each line the matte has a third."""
    weights = np.empty(3 * matte.shape[1], np.uint8)
    for y in range(len(matte)):
        _repeat_thrice(matte[y], weights)
        _mix_line(front[y], back[y], weights, result[y])


@compiled
def mix_lines(
    front: npt.NDArray[np.uint8],
    back: npt.NDArray[np.uint8],
    matte: npt.NDArray[np.uint8],
    result: npt.NDArray[np.uint8],
) -> None:
    """Write ``back`` moved towards ``front`` by ``matte / 255``, rounded: one of them at 0 and at 255.

    All are HxW with contiguous lines. Of longer lines than the matte's only as much is read and written.
    """
    for y in range(len(matte)):
        _mix_line(front[y], back[y], matte[y], result[y])


@compiled
def _mix_line(
    near: npt.NDArray[np.uint8],
    far: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.uint8],
    line: npt.NDArray[np.uint8],
) -> None:
    # 16 bits hold 255 * 255 + 128 and its 256th: twice as many at once as with 32.
    for x in range(weights.size):
        share = np.uint16(weights[x])
        rest = np.uint16(np.uint16(255) - share)
        total = np.uint16(np.uint16(near[x]) * share + np.uint16(far[x]) * rest + np.uint16(128))
        line[x] = np.uint8(np.uint16(total + np.uint16(total >> np.uint16(8))) >> np.uint16(8))


@compiled
def _repeat_thrice(values: npt.NDArray[np.uint8], line: npt.NDArray[np.uint8]) -> None:
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    for x in range(values.size):
        first = three * np.uint64(x)  # an index without a sign: only those are written as vectors
        line[first] = values[x]
        line[first + one] = values[x]
        line[first + two] = values[x]


def mix(picture: Any, target: Any, weight: npt.NDArray[np.uint8], strength: float) -> Any:
    """Return ``picture`` moved towards ``target`` by ``strength * weight / 255``, in the pictures' own dtype.

    HxWx3 both uint8 or both float32; weight uint8 HxW; strength 0…1. Pixels of weight 0 stay as they are.
    """
    share = np.multiply(weight, strength / 255, dtype=np.float32)
    return cv2.blendLinear(target, picture, share, 1 - share)


def as_bgr(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return HxW as HxWx3, the same in every channel."""
    return np.asarray(cv2.merge((grey, grey, grey)), np.uint8)


def fill(size: tuple[int, int], bgr: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Return uint8 HxWx3 of one colour; ``size`` is (width, height)."""
    row = np.tile(np.array(bgr, np.uint8), (size[0], 1))
    return np.tile(row, (size[1], 1, 1))  # whole rows at once: six times as quick as pixel by pixel
