"""A true matte, with what several metrics want of it worked out once. One thread at a time."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.alignment_frames import half_size
from selfieseg_engine.benchmarks.quality.alignment_pixels import TrueEdge, find_true_edge
from selfieseg_engine.benchmarks.quality.boundary import Boundary, find_boundary
from selfieseg_engine.benchmarks.quality.matte_error import gradient_magnitude
from selfieseg_engine.benchmarks.quality.temporal import Change, change_between, edge_band
from selfieseg_engine.benchmarks.quality.u8_matte import Person, U8Matte, person_of


class Truth:
    """The true matte of one picture, or of one frame of a sequence.

    Args:
        u8_matte: uint8 HxW; kept, not changed.
        u8_before: that of the frame before; None for pictures and first frames.
    """

    def __init__(self, u8_matte: U8Matte, u8_before: U8Matte | None = None) -> None:
        self.u8_matte = u8_matte
        self._u8_before = u8_before

    @cached_property
    def person(self) -> Person:
        """Where it is more person than background."""
        return person_of(self.u8_matte)

    @cached_property
    def boundary(self) -> Boundary:
        """The outline, for the boundary measure."""
        return find_boundary(self.person)

    @cached_property
    def gradient(self) -> npt.NDArray[np.float32]:
        """|∇α|, for the gradient error."""
        return gradient_magnitude(self.u8_matte)

    @cached_property
    def edge(self) -> TrueEdge:
        """Points with normals, for the alignment in pixels."""
        return find_true_edge(self.person)

    @cached_property
    def half(self) -> U8Matte:
        """Half its size, for the alignment in frames."""
        return half_size(self.u8_matte)

    @cached_property
    def change(self) -> Change | None:
        """What changed since the frame before, None where there is none."""
        return None if self._u8_before is None else change_between(self._u8_before, self.u8_matte)

    @cached_property
    def stands_still(self) -> bool:
        """Nothing at all has changed since the frame before."""
        return self.change is not None and not self.change.any()

    @cached_property
    def band(self) -> npt.NDArray[np.bool_]:
        """The band along the edge, for the flicker."""
        return edge_band(self.person)
