"""How well the outline of the person is met. Pure; any thread."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.u8_matte import Person

_TOLERANCE = 0.0075  # of the diagonal, as in the DAVIS benchmark
_NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Boundary:
    """The outline of a person.

    Attributes:
        outline: bool HxW, the person's pixels that touch the background.
        near: bool HxW, where the outline is at most the tolerance away.
    """

    outline: npt.NDArray[np.bool_]
    near: npt.NDArray[np.bool_]


def find_outline(person: Person) -> npt.NDArray[np.bool_]:
    """Return the inner outline, 8 neighbours; the frame's own border is none."""
    u8_person = person.astype(np.uint8)
    inside = cv2.erode(u8_person, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return np.asarray(person & (inside == 0))


def find_boundary(person: Person) -> Boundary:
    """Return a person's outline and what is near it: a disc of 0.75 % of the frame's diagonal."""
    outline = find_outline(person)
    radius = max(1, round(_TOLERANCE * float(np.hypot(*person.shape))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return Boundary(outline, np.asarray(cv2.dilate(outline.astype(np.uint8), disc) > 0))


def boundary_f(found: Boundary, true: Boundary) -> float:
    """Return the boundary measure F = 2PR / (P + R) of Perazzi et al., CVPR 2016 (Martin et al., PAMI 2004).

    P is the share of the found outline near the true one, R that of the true one near the found. 0…1, more is
    better; 1 where neither has an outline, 0 where one has none.
    """
    found_pixels, true_pixels = int(found.outline.sum()), int(true.outline.sum())
    if not found_pixels or not true_pixels:
        return 1.0 if found_pixels == true_pixels else 0.0
    precision = int((found.outline & true.near).sum()) / found_pixels
    recall = int((true.outline & found.near).sum()) / true_pixels
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
