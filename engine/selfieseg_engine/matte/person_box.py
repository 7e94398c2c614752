"""Where in a frame the people are. Pure; any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Of all pixels of the person, left outside at each side: specks far from him must not widen the box.
_OUTLIERS = 0.005
# A mask is a little too narrow where hair is thin.
_WIDER = 1.1
# Above his head, as a share of the box: hair is where a matte ends too early.
_HEADROOM = 0.15
_LEAST_SIDE = 0.2


@dataclass(frozen=True)
class Box:
    """A part of a frame, in shares (0…1) of its width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def pixels(self, size: tuple[int, int]) -> tuple[slice, slice]:
        """Return its rows and columns, at least one of each, in an array of ``size`` = (width, height)."""
        width, height = size
        return _pixels(self.top, self.bottom, height), _pixels(self.left, self.right, width)


WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def person_box(person: npt.NDArray[np.bool_], picture_size: tuple[int, int]) -> Box:
    """Return a square a little wider than the people in a frame, from above their heads downwards.

    So a head has its true proportions in it, and is about as large as before a telephone, whether the
    camera sees a face or somebody standing. Where the frame is too low for such a square the box is
    wider than high. ``WHOLE`` where there is nobody.

    Args:
        person: bool hxw, where somebody is; of any size.
        picture_size: (width, height) of the picture as it is shown: the frame may be a squeezed copy.
    """
    columns, rows = person.sum(axis=0).cumsum(), person.sum(axis=1).cumsum()
    if columns[-1] == 0:
        return WHOLE
    width, height = picture_size
    left, right = (float(edge) * width / columns.size for edge in _span(columns))
    top = float(_span(rows)[0]) * height / rows.size
    side = min(max(_WIDER * (right - left), _LEAST_SIDE * min(width, height)), float(width))
    box_left = _within((left + right - side) / 2, side, width)
    box_top = _within(top - _HEADROOM * side, side, height)
    return Box(
        box_left / width, box_top / height, (box_left + side) / width, min(1.0, (box_top + side) / height)
    )


def overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share by the area that they cover together, 0…1."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (_area(one) + _area(other) - shared)


def _span(sums: npt.NDArray[np.intp]) -> tuple[int, int]:
    """Return the first line and the one after the last that hold all but the outliers of a running sum."""
    first, last = np.searchsorted(sums, [_OUTLIERS * sums[-1], (1 - _OUTLIERS) * sums[-1]])
    return int(first), int(last) + 1


def _within(start: float, length: float, bound: int) -> float:
    """Return ``start``, moved so that the stretch lies in 0…bound; 0 for one that is too long."""
    return max(0.0, min(start, bound - length))


def _pixels(start: float, end: float, bound: int) -> slice:
    first = min(round(start * bound), bound - 1)
    return slice(first, max(first + 1, round(end * bound)))


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)
