"""Reads and writes picture files. Any thread.

Through bytes rather than cv2's own file access, which on Windows cannot open names outside the code page.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.errors import PictureError

ALPHA_SUFFIXES = (".png", ".webp", ".tif", ".tiff")
OPAQUE_SUFFIXES = (".jpg", ".jpeg", ".bmp")
WRITABLE_SUFFIXES = ALPHA_SUFFIXES + OPAQUE_SUFFIXES


def read_picture(path: Path) -> npt.NDArray[np.uint8]:
    """Return a picture as uint8 HxWx3 BGR, turned upright as its EXIF orientation says; alpha is dropped.

    Raises:
        PictureError: it cannot be read or is no picture.
    """
    try:
        encoded = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise PictureError(
            f"{path} cannot be read", error.strerror or str(error), "check the name and its permissions"
        ) from error
    try:
        picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    except cv2.error:  # raised for headers that announce absurd sizes
        picture = None
    if picture is None:
        raise PictureError(
            f"{path} cannot be read",
            "it is not a picture, or damaged",
            "use a PNG, JPEG, WebP, TIFF or BMP file",
        )
    return np.asarray(picture, np.uint8)


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
        raise _not_encoded(path, picture) from error
    if not done:
        raise _not_encoded(path, picture)
    try:
        write_bytes_atomically(path, encoded.tobytes())
    except OSError as error:
        raise PictureError(
            f"{path} cannot be written", error.strerror or str(error), "check the folder and its permissions"
        ) from error


def _not_encoded(path: Path, picture: npt.NDArray[np.uint8]) -> PictureError:
    return PictureError(
        f"{path} cannot be written",
        f"that format does not take a picture of {picture.shape[1]}x{picture.shape[0]}",
        "use PNG",
    )
