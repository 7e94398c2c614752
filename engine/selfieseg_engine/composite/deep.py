"""The composite of a picture with 16 bits a channel. Any thread; only an image background reads a file.

Colours keep their 16 bits where they are the picture's own: the person, the blurred, the grey and the
unchanged background, and the mixture at the edge. Mattes, class effects and light wrap are found in 8 bits,
and what they change is added.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.backdrop import load_backdrop
from selfieseg_engine.composite.background import (
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    ImageBackground,
    NoBackground,
    TransparentBackground,
)
from selfieseg_engine.composite.blend import fill, over
from selfieseg_engine.composite.blur import blur_background
from selfieseg_engine.composite.compose import composite, make_person, require_still_background
from selfieseg_engine.composite.foreground import make_foreground
from selfieseg_engine.composite.light_wrap import wrap_light
from selfieseg_engine.composite.look import Look
from selfieseg_engine.result import SegmentationResult

Deep = npt.NDArray[np.uint16]
Picture = npt.NDArray[np.uint8]

_STEP = 257  # 255 * 257 = 65535


def composite_deep(deep_bgr: Deep, frame_bgr: Picture, result: SegmentationResult, look: Look) -> Deep:
    """Return what ``composite`` returns, in 16 bits.

    Args:
        deep_bgr: uint16 HxWx3 BGR.
        frame_bgr: uint8 HxWx3, the same picture rounded to 8 bits.
        result: of segmenting it.
        look: every setting of the picture.

    Returns:
        uint16 HxWx3 BGR, or HxWx4 with straight alpha. Where the matte is 1 and no effect changes the person,
        ``deep_bgr`` is unchanged to the last bit.

    Raises:
        FrameError, BackgroundError, PictureError: see ``composite``.
    """
    require_still_background(look.background)
    if look.view in ("matte", "classes"):
        return composite(frame_bgr, result, look=look).astype(np.uint16) * np.uint16(_STEP)
    person = make_person(result.mask, frame_bgr, look)
    matte = np.bitwise_not(person) if look.invert else person
    foreground_u8 = make_foreground(frame_bgr, matte, person, result.class_planes, look)
    foreground = _changed_alike(deep_bgr, frame_bgr, foreground_u8)
    if isinstance(look.background, NoBackground):
        picture, alpha = foreground, None
    elif isinstance(look.background, TransparentBackground):
        picture, alpha = foreground, matte.astype(np.uint16) * np.uint16(_STEP)
    else:
        behind = _deep_background(deep_bgr, matte, look)
        picture, alpha = _over(foreground, behind, matte), None
        if look.light_wrap > 0:
            picture = _wrapped(picture, foreground_u8, behind, matte, look.light_wrap)
    if look.view == "split":
        left = np.s_[:, : matte.shape[1] // 2]
        picture = picture.copy()
        picture[left] = deep_bgr[left]
        if alpha is not None:
            alpha[left] = np.iinfo(np.uint16).max
    return picture if alpha is None else np.dstack((picture, alpha))


def _changed_alike(deep: Deep, before: Picture, after: Picture) -> Deep:
    """Return ``deep`` plus what was done to its 8-bit likeness; ``deep`` itself where that is nothing."""
    if after is before:
        return deep
    change = np.subtract(after, before, dtype=np.int32)
    changed = deep + change * _STEP
    return np.asarray(np.clip(changed, 0, np.iinfo(np.uint16).max), np.uint16)


def _deep_background(deep_bgr: Deep, matte: Picture, look: Look) -> Deep:
    size = (matte.shape[1], matte.shape[0])
    wanted = look.background
    if isinstance(wanted, BlurBackground):
        return np.asarray(blur_background(deep_bgr, matte, wanted.strength), np.uint16)
    if isinstance(wanted, GrayscaleBackground):
        grey = cv2.cvtColor(deep_bgr, cv2.COLOR_BGR2GRAY)
        return np.asarray(cv2.merge((grey, grey, grey)), np.uint16)
    if isinstance(wanted, ColorBackground):
        return fill(size, wanted.bgr).astype(np.uint16) * np.uint16(_STEP)
    assert isinstance(wanted, ImageBackground)  # all others have been dealt with
    return load_backdrop(wanted.path, size).astype(np.uint16) * np.uint16(_STEP)


def _over(front: Deep, back: Deep, matte: Picture) -> Deep:
    """Return ``back`` moved towards ``front`` by ``matte / 255``; exactly one of them at 0 and 255."""
    result = np.empty_like(back)
    for row, weight in enumerate(matte):  # row by row: float copies of the whole would be large
        share = weight[:, np.newaxis] * np.float64(1 / 255)
        result[row] = np.rint(back[row] + (front[row].astype(np.float64) - back[row]) * share)
    return result


def _wrapped(picture: Deep, foreground_u8: Picture, behind: Deep, matte: Picture, strength: float) -> Deep:
    behind_u8 = ((behind.astype(np.uint32) + _STEP // 2) // _STEP).astype(np.uint8)
    before = over(foreground_u8, behind_u8, matte)
    after = before.copy()
    wrap_light(after, behind_u8, matte, strength)
    return _changed_alike(picture, before, after)
