"""Writes a picture file with all its bits. Any thread."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import not_encoded, require_writable_format
from selfieseg_engine.stills.metadata import fits_colours
from selfieseg_engine.stills.png_chunks import with_metadata
from selfieseg_engine.stills.still import Metadata, Pixels, as_u8
from selfieseg_engine.stills.tiff import encode_tiff

_DEEP_SUFFIXES = (".png", ".tif", ".tiff")


def holds_16_bits(path: Path) -> bool:
    """Return whether the format of ``path`` has 16 bits a channel."""
    return path.suffix.lower() in _DEEP_SUFFIXES


def write_still(path: Path, pixels: Pixels, metadata: Metadata, quality: int) -> None:
    """Write a picture; ``path`` appears whole or not at all.

    Args:
        path: its ending is the format.
        pixels: uint8 or uint16 (8 bits are written where the format has no more), HxW (grey), HxWx3 (BGR) or
            HxWx4 (BGRA, straight alpha).
        metadata: written where the format has a place for it; a profile only where it is for such colours.
        quality: of a JPEG, 1…100. WebP is without loss.

    Raises:
        PictureError: the format cannot hold it, or the file cannot be written.
    """
    require_writable_format(path, alpha=pixels.ndim == 3 and pixels.shape[2] == 4)
    fitting = pixels if holds_16_bits(path) else as_u8(pixels)
    profile = metadata.icc_profile
    if profile is not None and not fits_colours(profile, is_grey=pixels.ndim == 2):
        profile = None
    try:
        encoded = _encoded(path.suffix.lower(), fitting, Metadata(metadata.exif, profile), quality)
    except (cv2.error, OSError, ValueError) as error:  # such as a WebP of over 16383 pixels
        raise not_encoded(path, pixels) from error
    try:
        write_bytes_atomically(path, encoded)
    except OSError as error:
        raise PictureError(
            f"{path} cannot be written", error.strerror or str(error), "check the folder and its permissions"
        ) from error


def _encoded(suffix: str, pixels: Pixels, metadata: Metadata, quality: int) -> bytes:
    if suffix in (".tif", ".tiff"):
        return encode_tiff(pixels, metadata)
    if suffix in (".jpg", ".jpeg"):
        # Colours at full size: at half the size a person's edge frays.
        return _by_pillow("JPEG", pixels, metadata, quality=quality, subsampling="4:4:4")
    if suffix == ".webp":
        return _by_pillow("WEBP", pixels, metadata, lossless=True, exact=True)
    done, encoded = cv2.imencode(suffix, pixels)
    if not done:
        raise ValueError(f"OpenCV does not write {suffix} of {pixels.dtype} {pixels.shape}")
    return with_metadata(encoded.tobytes(), metadata) if suffix == ".png" else encoded.tobytes()


def _by_pillow(format_name: str, pixels: Pixels, metadata: Metadata, **options: object) -> bytes:
    rgb = pixels
    if pixels.ndim == 3:
        order = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        rgb = np.asarray(cv2.cvtColor(pixels, order), np.uint8)
    file = io.BytesIO()
    known = {"exif": metadata.exif, "icc_profile": metadata.icc_profile}
    given = {name: content for name, content in known.items() if content is not None}
    Image.fromarray(rgb).save(file, format_name, **given, **options)
    return file.getvalue()
