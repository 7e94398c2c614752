"""Puts the person, by the matte, before a background. Any thread; only ``composite`` reads a file."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.backdrop import load_backdrop
from selfieseg_engine.composite.background import (
    Background,
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    ImageBackground,
    NoBackground,
    TransparentBackground,
    VideoBackground,
    parse_background,
)
from selfieseg_engine.composite.blend import as_bgr, fill, over, over_stretched
from selfieseg_engine.composite.blur import blur_background, blur_small
from selfieseg_engine.composite.brightness import brightness
from selfieseg_engine.composite.class_weights import require_class_planes
from selfieseg_engine.composite.classes_view import draw_classes, index_classes
from selfieseg_engine.composite.foreground import make_foreground
from selfieseg_engine.composite.light_wrap import wrap_light
from selfieseg_engine.composite.look import Look, changes_classes
from selfieseg_engine.errors import BackgroundError, FrameError
from selfieseg_engine.frames import require_bgr_frame
from selfieseg_engine.matte.expand import expand_mask
from selfieseg_engine.matte.joint_upsampling import upsample_matte
from selfieseg_engine.matte.levels import apply_levels, to_u8_matte
from selfieseg_engine.result import SegmentationResult

MISSING_BGR = (32, 32, 32)  # in place of a background picture that is not there: never the room

Picture = npt.NDArray[np.uint8]


def composite(
    frame_bgr: Picture,
    result: SegmentationResult,
    background: str | Background = "blur:50",
    look: Look | None = None,
) -> Picture:
    """Return the person before another background, as a new picture of the frame's size.

    Args:
        frame_bgr: uint8 HxWx3 BGR.
        result: of segmenting this very frame.
        background: the text of ``parse_background``, or what it returns; ignored where a look is given.
        look: every setting of the picture; None is the defaults with ``background``.

    Returns:
        uint8 HxWx3 BGR; for a transparent background (in the views ``result`` and ``split``) uint8 HxWx4 BGRA
        with straight alpha. Where the matte is 1 and no effect changes the person, the frame's pixels stay.

    Raises:
        FrameError: the frame is none, or the matte is of another size.
        BackgroundError: the background is not understood, or is a video.
        PictureError: the background's picture cannot be read.
    """
    require_bgr_frame(frame_bgr)
    if result.mask.shape != frame_bgr.shape[:2]:
        raise FrameError(
            "the matte does not fit the frame",
            f"it is {result.mask.shape} for a frame of {frame_bgr.shape[:2]}",
            "pass the result of segmenting this frame",
        )
    wanted = look or Look(parse_background(background) if isinstance(background, str) else background)
    require_still_background(wanted.background)
    backdrop = None
    if isinstance(wanted.background, ImageBackground):
        backdrop = load_backdrop(wanted.background.path, frame_bgr.shape[1::-1])
    picture, alpha = _compose(frame_bgr, result.mask, result.class_planes, wanted, backdrop)
    if alpha is not None:
        return np.dstack((picture, alpha))
    return picture.copy() if picture is frame_bgr else picture


def compose_frame(
    frame_bgr: Picture,
    mask: npt.NDArray[Any],
    class_planes: Picture | None,
    look: Look,
    backdrop_bgr: Picture | None,
) -> Picture:
    """Return the picture for one frame of a stream: uint8 HxWx4 BGRA, premultiplied. Reads no file.

    Args:
        frame_bgr: uint8 HxWx3; not changed, not kept.
        mask: the model's, of any size: float32 in 0…1 or uint8.
        class_planes: uint8 hxwx4 of any size; None leaves hair, skin and clothes as they are.
        look: what is wanted.
        backdrop_bgr: uint8 HxWx3 of the frame's size, for an image or video background; None is a dark grey.

    Returns:
        Opaque, but for a transparent background in the views ``result`` and ``split``.

    Raises:
        FrameError: an array is of the wrong shape or type.
    """
    require_bgr_frame(frame_bgr)
    picture, alpha = _compose(frame_bgr, mask, class_planes, look, backdrop_bgr)
    opaque = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA), np.uint8)
    if alpha is None:
        return opaque
    return np.asarray(cv2.multiply(opaque, cv2.merge([alpha] * 4), scale=1 / 255), np.uint8)


def require_still_background(background: Background) -> None:
    """Raise ``BackgroundError`` for a background that moves: it cannot lie behind one picture."""
    if isinstance(background, VideoBackground):
        raise BackgroundError(
            "a video cannot be the background of one picture",
            "a single picture does not move",
            "use image:PATH",
        )


def make_person(mask: npt.NDArray[Any], frame_bgr: Picture, look: Look) -> Picture:
    """Return the uint8 matte of a frame before any inversion.

    ``mask`` is HxW of any size, float32 in 0…1 or uint8.
    """
    size = frame_bgr.shape[1::-1]
    if look.expand != 0:
        mask = expand_mask(mask, size, look.expand)
    elif look.refine_edges and mask.shape != frame_bgr.shape[:2]:
        mask = upsample_matte(mask if mask.dtype == np.uint8 else to_u8_matte(mask), frame_bgr)
    return apply_levels(mask, size, look.threshold, look.softness)


def make_matte(mask: npt.NDArray[Any], frame_bgr: Picture, look: Look) -> Picture:
    """Return the uint8 matte that the look makes of a mask: ``make_person``, inverted where wanted."""
    person = make_person(mask, frame_bgr, look)
    return np.bitwise_not(person) if look.invert else person


def _compose(
    frame_bgr: Picture,
    mask: npt.NDArray[Any],
    class_planes: Picture | None,
    look: Look,
    backdrop_bgr: Picture | None,
) -> tuple[Picture, Picture | None]:
    """Return straight colours and, where the picture is not opaque, alpha. May return the frame itself."""
    _require_fitting(frame_bgr, mask, class_planes, backdrop_bgr)
    if _changes_nothing(class_planes, look):
        return frame_bgr, None
    size = frame_bgr.shape[1::-1]
    person = make_person(mask, frame_bgr, look)
    matte = np.bitwise_not(person) if look.invert else person
    if look.view == "matte":
        return as_bgr(matte), None
    if look.view == "classes":
        return draw_classes(index_classes(class_planes, person)), None
    foreground = make_foreground(frame_bgr, matte, person, class_planes, look)
    picture, alpha = _result(frame_bgr, foreground, matte, look, backdrop_bgr)
    if look.view == "split":
        left = np.s_[:, : size[0] // 2]
        picture = picture.copy() if picture is frame_bgr else picture
        picture[left] = frame_bgr[left]
        if alpha is not None:
            alpha = alpha.copy()
            alpha[left] = 255
    return picture, alpha


def _changes_nothing(class_planes: Picture | None, look: Look) -> bool:
    keeps_person = class_planes is None or not changes_classes(look)
    return isinstance(look.background, NoBackground) and keeps_person and look.view in ("result", "split")


def _result(
    frame_bgr: Picture, foreground: Picture, matte: Picture, look: Look, backdrop_bgr: Picture | None
) -> tuple[Picture, Picture | None]:
    if isinstance(look.background, NoBackground):
        return foreground, None
    if isinstance(look.background, TransparentBackground):
        return foreground, matte
    if isinstance(look.background, BlurBackground) and look.background.strength > 0 and look.light_wrap == 0:
        small = blur_small(frame_bgr, matte, look.background.strength)
        return over_stretched(foreground, small, matte), None  # nobody else needs the background alone
    behind = _make_background(frame_bgr, matte, look.background, backdrop_bgr)
    picture = over(foreground, behind, matte)
    if look.light_wrap > 0:
        wrap_light(picture, behind, matte, look.light_wrap)
    return picture, None


def _make_background(
    frame_bgr: Picture, matte: Picture, wanted: Background, backdrop_bgr: Picture | None
) -> Picture:
    if isinstance(wanted, BlurBackground):
        return blur_background(frame_bgr, matte, wanted.strength)
    if isinstance(wanted, ColorBackground):
        return fill(frame_bgr.shape[1::-1], wanted.bgr)
    if isinstance(wanted, GrayscaleBackground):
        return as_bgr(brightness(frame_bgr))
    return fill(frame_bgr.shape[1::-1], MISSING_BGR) if backdrop_bgr is None else backdrop_bgr


def _require_fitting(
    frame_bgr: Picture, mask: npt.NDArray[Any], class_planes: Picture | None, backdrop_bgr: Picture | None
) -> None:
    if mask.ndim != 2 or mask.dtype not in (np.uint8, np.float32) or not mask.size:
        raise FrameError(
            "this is no mask",
            f"it is {mask.dtype} {mask.shape}",
            "pass a uint8 or float32 array of shape (height, width)",
        )
    if class_planes is not None:
        require_class_planes(class_planes)
    if backdrop_bgr is not None and (backdrop_bgr.dtype != np.uint8 or backdrop_bgr.shape != frame_bgr.shape):
        raise FrameError(
            "the background picture does not fit the frame",
            f"it is {backdrop_bgr.dtype} {backdrop_bgr.shape} for a frame of {frame_bgr.shape}",
            "scale it to the frame first",
        )
