"""The class map as a picture. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

CLASS_NAMES = ("background", "hair", "body skin", "face skin", "clothes", "others")
_BACKGROUND, _OTHERS = 0, 5
# Red, green, blue, in the order of the names: the colours of OpenVINO's selfie segmentation notebook.
CLASS_COLORS_RGB = (
    (192, 192, 192),
    (128, 0, 0),
    (255, 229, 204),
    (255, 204, 204),
    (0, 0, 128),
    (128, 0, 128),
)
_HALF = 127


def index_classes(
    class_planes: npt.NDArray[np.uint8] | None, person: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Return uint8 HxW: for each pixel the index into ``CLASS_NAMES``.

    Args:
        class_planes: uint8 hxwx4 of hair, body skin, face skin, clothes; None as if all were 0.
        person: uint8 HxW; below one half a pixel is background.
    """
    indices = np.full(person.shape, _OTHERS, np.uint8)
    if class_planes is not None:
        stretched = cv2.resize(
            class_planes.astype(np.float32), person.shape[1::-1], interpolation=cv2.INTER_LINEAR
        ).reshape(*person.shape, 4)
        strongest = np.argmax(stretched, axis=2).astype(np.uint8)
        known = stretched.max(axis=2) >= 255 - stretched.sum(axis=2)
        indices[known] = strongest[known] + 1
    indices[person <= _HALF] = _BACKGROUND
    return indices


def draw_classes(indices: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the uint8 HxWx3 BGR picture of a map of indices into ``CLASS_NAMES``."""
    return np.array(CLASS_COLORS_RGB, np.uint8)[:, ::-1][indices]


def palette_of(names: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the red, green and blue of each class; one that is not known here looks like the others."""
    colours = dict(zip(CLASS_NAMES, CLASS_COLORS_RGB, strict=True))
    plain = (name.lower().replace("-", " ").replace("_", " ") for name in names)
    return [colours.get(name, CLASS_COLORS_RGB[_OTHERS]) for name in plain]
