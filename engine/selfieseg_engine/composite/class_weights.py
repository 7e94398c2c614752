"""How much each pixel of a frame is hair, skin or clothes of the person. Pure; any thread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import FrameError
from selfieseg_engine.matte.levels import smooth_steps

HAIR, BODY_SKIN, FACE_SKIN, CLOTHES = range(4)

_LOW, _WIDTH = 0.25, 0.5
_LAST_WITHOUT_WEIGHT = math.floor(_LOW * 255)

Box = tuple[slice, slice]


@dataclass(frozen=True)
class ClassWeight:
    """The part of the frame where a class is: rows and columns, and the uint8 weight of its pixels there."""

    box: Box
    weight: npt.NDArray[np.uint8]


def require_class_planes(class_planes: npt.NDArray[np.uint8]) -> None:
    """Raise ``FrameError`` unless this is uint8 hxwx4 with pixels in it."""
    if (
        class_planes.dtype != np.uint8
        or class_planes.ndim != 3
        or class_planes.shape[2] != 4
        or not class_planes.size
    ):
        raise FrameError(
            "these are no class planes",
            f"they are {class_planes.dtype} {class_planes.shape}",
            "pass a uint8 array of shape (height, width, 4)",
        )


def weigh_class(
    class_planes: npt.NDArray[np.uint8], index: int, person: npt.NDArray[np.uint8]
) -> ClassWeight | None:
    """Return where class ``index`` of the planes is, stretched to the frame; None where it is nowhere.

    Args:
        class_planes: uint8 hxwx4.
        index: HAIR, BODY_SKIN, FACE_SKIN or CLOTHES.
        person: uint8 HxW, the matte before any inversion.
    """
    plane = cv2.extractChannel(class_planes, index)
    left, top, width, height = cv2.boundingRect((plane > _LAST_WITHOUT_WEIGHT).astype(np.uint8))
    if width == 0:
        return None
    frame_height, frame_width = person.shape
    columns = _widened(left, left + width, plane.shape[1], frame_width)
    rows = _widened(top, top + height, plane.shape[0], frame_height)
    box = _scaled(rows, plane.shape[0], frame_height), _scaled(columns, plane.shape[1], frame_width)
    here = person[box]
    weight = smooth_steps(plane[rows, columns], here.shape[1::-1], _LOW, _WIDTH)
    return ClassWeight(box, np.asarray(cv2.multiply(weight, here, scale=1 / 255), np.uint8))


def weigh_skin(class_planes: npt.NDArray[np.uint8], person: npt.NDArray[np.uint8]) -> ClassWeight | None:
    """Return where face and body skin are: their weights added, at most 255. None where there is none."""
    both = [weigh_class(class_planes, index, person) for index in (FACE_SKIN, BODY_SKIN)]
    found = [each for each in both if each is not None]
    if len(found) < 2:
        return found[0] if found else None
    rows, columns = (_around(*(each.box[axis] for each in found)) for axis in (0, 1))
    total = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    for each in found:
        part = total[_relative(each.box[0], rows.start), _relative(each.box[1], columns.start)]
        cv2.add(part, each.weight, dst=part)
    return ClassWeight((rows, columns), total)


def _widened(first: int, last: int, plane_size: int, frame_size: int) -> slice:
    """Return the cells around first…last whose borders lie on whole pixels of the frame.

    Only such a part, stretched alone, is sampled where the whole plane would be. One cell more on each side
    holds what bilinear sampling reaches.
    """
    unit = plane_size // math.gcd(plane_size, frame_size)
    start = max(0, first - 1) // unit * unit
    stop = -(-min(plane_size, last + 1) // unit) * unit
    return slice(start, stop)


def _scaled(cells: slice, plane_size: int, frame_size: int) -> slice:
    return slice(cells.start * frame_size // plane_size, cells.stop * frame_size // plane_size)


def _around(one: slice, other: slice) -> slice:
    return slice(min(one.start, other.start), max(one.stop, other.stop))


def _relative(span: slice, start: int) -> slice:
    return slice(span.start - start, span.stop - start)
