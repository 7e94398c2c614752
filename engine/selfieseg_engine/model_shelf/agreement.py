"""How much two models say the same of the same pictures. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
import numpy.typing as npt

FloatMask = npt.NDArray[np.float32]

_HALF = 0.5


@dataclass(frozen=True)
class Agreement:
    """Means over pictures.

    Attributes:
        iou: intersection over union of the people that both find, 1 where neither finds any.
        mad: mean absolute difference of the masks, 0…1.
    """

    iou: float
    mad: float


def agreement(first: Sequence[FloatMask], second: Sequence[FloatMask]) -> Agreement:
    """Compare masks (float32 HxW in 0…1) of the same pictures, at least one, of the same size."""
    pairs = list(zip(first, second, strict=True))
    return Agreement(
        iou=mean(_iou(one > _HALF, other > _HALF) for one, other in pairs),
        mad=mean(float(np.abs(one - other).mean()) for one, other in pairs),
    )


def _iou(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> float:
    either = int((one | other).sum())
    return int((one & other).sum()) / either if either else 1.0
