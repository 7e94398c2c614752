"""The person as wanted, in the order of docs/effects.md, "Foreground". Pure; any thread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.background import (
    ColorBackground,
    ImageBackground,
    TransparentBackground,
    VideoBackground,
)
from selfieseg_engine.composite.class_colors import brighten, dye, tone_skin
from selfieseg_engine.composite.class_weights import (
    CLOTHES,
    FACE_SKIN,
    HAIR,
    weigh_class,
    weigh_skin,
)
from selfieseg_engine.composite.despill import despill
from selfieseg_engine.composite.face_smooth import smooth_face
from selfieseg_engine.composite.look import Look, changes_classes

_REPLACED = (ColorBackground, ImageBackground, VideoBackground, TransparentBackground)


def make_foreground(
    frame_bgr: npt.NDArray[np.uint8],
    matte: npt.NDArray[np.uint8],
    person: npt.NDArray[np.uint8],
    class_planes: npt.NDArray[np.uint8] | None,
    look: Look,
) -> npt.NDArray[np.uint8]:
    """Return the foreground, uint8 HxWx3 BGR: the frame itself (not a copy) where nothing is to be changed.

    Args:
        frame_bgr: uint8 HxWx3; not changed.
        matte: uint8 HxW.
        person: the same before any inversion.
        class_planes: uint8 hxwx4; None leaves hair, skin and clothes as they are.
        look: what is wanted.
    """
    planes = class_planes if changes_classes(look) else None
    face = None
    if planes is not None and max(look.face_smooth, look.face_brighten) > 0:
        face = weigh_class(planes, FACE_SKIN, person)

    foreground = frame_bgr
    if face is not None and look.face_smooth > 0:
        foreground = frame_bgr.copy()
        smooth_face(foreground, frame_bgr, face, look.face_smooth)
    if look.despill > 0 and isinstance(look.background, _REPLACED):
        foreground = despill(foreground, frame_bgr, matte, look.despill)
    if planes is None:
        return foreground

    if foreground is frame_bgr:
        foreground = frame_bgr.copy()
    for index, color, strength in (
        (HAIR, look.hair_color, look.hair_strength),
        (CLOTHES, look.clothes_color, look.clothes_strength),
    ):
        if strength > 0 and (where := weigh_class(planes, index, person)) is not None:
            dye(foreground, where, color, strength)
    if look.skin_tone > 0 and (skin := weigh_skin(planes, person)) is not None:
        tone_skin(foreground, skin, look.skin_color, look.skin_tone)
    if face is not None and look.face_brighten > 0:
        brighten(foreground, face, look.face_brighten)
    return foreground
