"""What segmenting one frame gives. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class SegmentationResult:
    """Foreground and background of one frame.

    Attributes:
        matte: float32 HxW in 0…1, opacity of the person at the frame's size.
        class_map: uint8 HxW, index into ``class_names``; None for a model without classes.
        class_names: the model's classes; empty for a model without classes.
        class_planes: uint8 hxwx4 at the class model's own size, 0…255 probability of hair, body skin, face
            skin and clothes; a class that the model does not know is 0 everywhere; None without a class model.
    """

    matte: npt.NDArray[np.float32]
    class_map: npt.NDArray[np.uint8] | None
    class_names: tuple[str, ...]
    class_planes: npt.NDArray[np.uint8] | None = None
