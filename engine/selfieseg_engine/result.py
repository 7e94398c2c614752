"""What segmenting one frame gives. Any thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.matte.levels import as_probability


@dataclass(frozen=True)
class SegmentationResult:
    """Foreground and background of one frame.

    Attributes:
        mask: HxW, opacity of the person at the frame's size as it was made: uint8, or float32 in 0…1.
        class_map: uint8 HxW, index into ``class_names``; None for a model without classes.
        class_names: the model's classes; empty for a model without classes.
        class_planes: uint8 hxwx4 at the class model's own size, 0…255 probability of hair, body skin, face
            skin and clothes; a class that the model does not know is 0 everywhere; None for a model without
            classes.
    """

    mask: npt.NDArray[Any]
    class_map: npt.NDArray[np.uint8] | None
    class_names: tuple[str, ...]
    class_planes: npt.NDArray[np.uint8] | None = None

    @cached_property
    def matte(self) -> npt.NDArray[np.float32]:
        """The opacity of the person: float32 HxW in 0…1."""
        return as_probability(self.mask)


@dataclass(frozen=True)
class ClassResult:
    """What a class model finds in one frame, at the model's own size.

    Attributes:
        planes: uint8 hxwx4, 0…255 probability of hair, body skin, face skin and clothes; a class that the
            model does not know is 0 everywhere.
        class_map: uint8 hxw, index into the model's ``class_names`` of the likeliest class.
        person: float32 hxw in 0…1, probability of the person; None for a model that does not tell.
    """

    planes: npt.NDArray[np.uint8]
    class_map: npt.NDArray[np.uint8]
    person: npt.NDArray[np.float32] | None
