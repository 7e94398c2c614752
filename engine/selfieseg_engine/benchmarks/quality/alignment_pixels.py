"""How many pixels the edge of a matte is away from the true edge. Pure; any thread.

Why along the normal, and not by phase correlation: a matte that covers too much all around, or misses a hand,
moves a correlation's peak, though nothing trails. Here growth is a parameter of its own, and what is farther
off than a misplaced edge can be does not enter.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.boundary import find_outline
from selfieseg_engine.benchmarks.quality.u8_matte import Person

REACH_PIXELS = 20.0
_LEAST_POINTS = 16
_LEAST_MET = 0.25  # of the true edge, or nothing can be said of where it went
_ROUNDS = 20  # with a tenth of the outline missing, 10 are too few
_LEAST_TOLD = 1e-4
_TURN_PIXELS = 1.0  # an error as large as this counts half as much as a small one


@dataclass(frozen=True)
class TrueEdge:
    """Points on the true edge.

    Attributes:
        rows: int N. columns: int N.
        depth: float32 N, distance to the edge; positive: inside the person.
        normals: float32 Nx2 (x, y), unit vectors that point out of the person.
    """

    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    depth: npt.NDArray[np.float32]
    normals: npt.NDArray[np.float32]


@dataclass(frozen=True)
class EdgeOffset:
    """Where the found edge lies.

    Attributes:
        distance: mean of the distance between the edges along the normal, in pixels, at most 20 each.
        shift: (x, y) in pixels, by which the found person as a whole is moved.
        growth: pixels by which it is larger all around.
    """

    distance: float
    shift: tuple[float, float]
    growth: float

    @property
    def shift_length(self) -> float:
        """How far the person as a whole is off, in pixels."""
        return float(np.hypot(*self.shift))


def find_true_edge(true_person: Person) -> TrueEdge:
    """Return all points of the true outline (inner pixels; the frame's border is none)."""
    depth = depth_of(true_person)
    rows, columns = np.nonzero(find_outline(true_person))
    # Smoothed, as the distance to pixels has their steps in it.
    smooth = cv2.GaussianBlur(depth, (0, 0), 2)
    slope_x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0)[rows, columns]
    slope_y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1)[rows, columns]
    length = np.maximum(np.hypot(slope_x, slope_y), 1e-6)
    normals = -np.stack([slope_x / length, slope_y / length], axis=1)
    return TrueEdge(rows, columns, depth[rows, columns], normals.astype(np.float32))


def depth_of(person: Person) -> npt.NDArray[np.float32]:
    """Return the signed distance to a person's edge as float32 HxW: positive inside, negative outside.

    The edge lies half-way between the pixels of either side.
    """
    u8_person = person.astype(np.uint8)
    inside = cv2.distanceTransform(u8_person, cv2.DIST_L2, cv2.DIST_MASK_5)
    outside = cv2.distanceTransform(1 - u8_person, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(np.where(person, inside - 0.5, 0.5 - outside), np.float32)


def edge_offset(person: Person, true: TrueEdge) -> EdgeOffset | None:
    """Return how the found edge lies to the true one; None without an edge in either, or far from it.

    At a point of the true edge with outward normal n, the found edge lies s = depth − true depth farther out.
    A person moved by d and larger by g has s = n·d + g everywhere: least squares, with less weight for what
    does not follow (Cauchy's, ``1 / (1 + error²)`` with errors in pixels).
    """
    if len(true.rows) < _LEAST_POINTS or not person.any() or person.all():
        return None
    outward = depth_of(person)[true.rows, true.columns] - true.depth
    met = np.abs(outward) < REACH_PIXELS
    if met.sum() < max(_LEAST_POINTS, _LEAST_MET * len(met)):
        return None
    unknowns = np.column_stack([true.normals[met], np.ones(int(met.sum()))]).astype(np.float64)
    wanted = outward[met].astype(np.float64)
    weights = np.ones_like(wanted)
    for _ in range(_ROUNDS):
        weighed = unknowns * weights[:, None]
        # lstsq: a straight edge leaves the shift along it open, and then it is 0.
        solution = np.linalg.lstsq(weighed.T @ unknowns, weighed.T @ wanted, rcond=_LEAST_TOLD)[0]
        errors = wanted - unknowns @ solution
        weights = 1 / (1 + (errors / _TURN_PIXELS) ** 2)
    distance = np.minimum(np.abs(outward), REACH_PIXELS).mean()
    return EdgeOffset(float(distance), (float(solution[0]), float(solution[1])), float(solution[2]))
