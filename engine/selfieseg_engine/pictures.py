"""Reads and writes picture files. Any thread.

Through bytes rather than cv2's own file access, which on Windows cannot open names outside the code page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.composite.picture_header import Size, announced_size
from selfieseg_engine.errors import PictureError
from selfieseg_engine.plain_file import read_plain_file

ALPHA_SUFFIXES = (".png", ".webp", ".tif", ".tiff")
OPAQUE_SUFFIXES = (".jpg", ".jpeg", ".bmp")
WRITABLE_SUFFIXES = ALPHA_SUFFIXES + OPAQUE_SUFFIXES

MAX_PICTURE_BYTES = 256 * 2**20
MAX_SIDE = 16384
MAX_MEGAPIXELS = 64
_MEGAPIXEL = 2**20


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """Return a picture as uint8 HxWx3 BGR, turned upright as its EXIF orientation says; alpha is dropped.

    A few bytes can announce gigabytes of pixels: only what tells its size beforehand is decoded.

    Raises:
        PictureError: it is missing, no plain file of at most 256 MB, no picture of a known format, or has
            a side of over 16384 pixels or more than 64 megapixels.
    """
    encoded = read_plain_file(path, MAX_PICTURE_BYTES)
    announced = announced_size(encoded)
    if announced is None:
        raise no_picture(path)
    require_picture_size(path, announced)
    try:
        picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:  # raised for headers that contradict themselves
        raise no_picture(path) from error
    if picture is None:
        raise no_picture(path)
    require_picture_size(path, picture.shape[1::-1])
    return np.asarray(picture, np.uint8)


def require_picture_size(path: Path, size: Size) -> None:
    """Raise ``PictureError`` where ``size`` = (width, height) is too large to be worked with."""
    width, height = size
    if max(size) > MAX_SIDE:
        raise PictureError(
            f"{path} is too large",
            f"it is {width}x{height}, and a side may have {MAX_SIDE} pixels",
            "make it smaller",
        )
    if width * height > MAX_MEGAPIXELS * _MEGAPIXEL:
        raise PictureError(
            f"{path} is too large",
            f"it is {width}x{height}, and a picture may have {MAX_MEGAPIXELS} megapixels",
            "make it smaller",
        )


def require_writable_format(path: Path, alpha: bool) -> None:
    """Raise ``PictureError`` unless a picture, with transparency if ``alpha``, can go to ``path``."""
    suffix = path.suffix.lower()
    if suffix not in WRITABLE_SUFFIXES:
        raise PictureError(
            f"{path} cannot be written",
            f"{suffix or 'a name without an ending'} is not a picture format known here",
            f"use one of {', '.join(WRITABLE_SUFFIXES)}",
        )
    if alpha and suffix not in ALPHA_SUFFIXES:
        raise PictureError(
            f"{path} cannot be written",
            f"{suffix} cannot hold transparency",
            f"use one of {', '.join(ALPHA_SUFFIXES)}, or another background",
        )


def write_picture(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    """Write uint8 HxW (grey), HxWx3 (BGR) or HxWx4 (BGRA, straight alpha).

    ``path`` appears whole or not at all.

    Raises:
        PictureError: the format cannot hold it, or the file cannot be written.
    """
    require_writable_format(path, alpha=picture.ndim == 3 and picture.shape[2] == 4)
    try:
        done, encoded = cv2.imencode(path.suffix.lower(), picture)
    except cv2.error as error:
        raise not_encoded(path, picture) from error
    if not done:
        raise not_encoded(path, picture)
    try:
        write_bytes_atomically(path, encoded.tobytes())
    except OSError as error:
        raise PictureError(
            f"{path} cannot be written", error.strerror or str(error), "check the folder and its permissions"
        ) from error


def no_picture(path: Path) -> PictureError:
    """Return the error for a file that holds no picture that can be read."""
    return PictureError(
        f"{path} cannot be read",
        "it is not a picture, or damaged",
        "use a PNG, JPEG, WebP, TIFF, BMP or GIF file",
    )


def not_encoded(path: Path, picture: npt.NDArray[Any]) -> PictureError:
    """Return the error for a picture that its format does not take."""
    return PictureError(
        f"{path} cannot be written",
        f"that format does not take a picture of {picture.shape[1]}x{picture.shape[0]}",
        "use PNG",
    )
