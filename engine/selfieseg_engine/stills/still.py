"""One picture with all that its file tells of it. Pure; any thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]  # uint8 or uint16

DEEP_TO_U8 = 257  # 255 * 257 = 65535


@dataclass(frozen=True)
class Metadata:
    """What travels with the pixels.

    Attributes:
        exif: a block that begins with ``Exif``, two zero bytes and a TIFF header; None for none.
        icc_profile: the colours' meaning; None for none.
    """

    exif: bytes | None = None
    icc_profile: bytes | None = None


@dataclass(frozen=True)
class Still:
    """One upright picture.

    Attributes:
        bgr: uint8 or uint16 HxWx3, straight; white where it is fully transparent.
        alpha: HxW of the same type, None where the picture is opaque.
        is_grey: its file has one channel of colour; ``bgr`` has it three times.
        metadata: of its file, without its orientation: the pixels stand upright.
    """

    bgr: Pixels
    alpha: Pixels | None
    is_grey: bool
    metadata: Metadata

    @property
    def is_deep(self) -> bool:
        """Return whether it has 16 bits a channel."""
        return bool(self.bgr.dtype == np.uint16)


def without_alpha(still: Still) -> Still:
    """Return the picture on white; an opaque one itself."""
    if still.alpha is None:
        return still
    most = int(np.iinfo(still.bgr.dtype).max)
    flat = np.empty_like(still.bgr)
    for row, alpha in enumerate(still.alpha):  # row by row: a float copy of the whole would be large
        share = alpha[:, np.newaxis].astype(np.float32) / most
        flat[row] = np.rint(still.bgr[row] * share + most * (1 - share)).astype(flat.dtype)
    return replace(still, bgr=flat, alpha=None)


def as_u8(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """Return uint8 or uint16 pixels as uint8, rounded; uint8 ones themselves."""
    if pixels.dtype == np.uint8:
        return pixels
    rounded = (pixels.astype(np.uint32) + DEEP_TO_U8 // 2) // DEEP_TO_U8
    return rounded.astype(np.uint8)


def white_where_transparent(bgr: Pixels, alpha: Pixels) -> None:
    """Paint ``bgr`` white where ``alpha`` is 0, in place: what lies there is nobody's colour, often black."""
    bgr[alpha == 0] = np.iinfo(bgr.dtype).max
