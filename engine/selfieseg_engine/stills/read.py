"""Reads a picture file with all its bits. One thread at a time: Pillow's warnings are held back meanwhile."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, TiffImagePlugin
from PIL.ExifTags import Base

from selfieseg_engine.composite.picture_header import announced_size
from selfieseg_engine.errors import PictureError
from selfieseg_engine.pictures import MAX_PICTURE_BYTES, no_picture, require_picture_size
from selfieseg_engine.plain_file import read_plain_file
from selfieseg_engine.stills.metadata import kept_exif, read_exif
from selfieseg_engine.stills.still import Metadata, Pixels, Still, white_where_transparent

READABLE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")

_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
_PNG_DEPTH_AT = 24
_GREY_MODES = ("1", "L", "LA", "I;16", "I;16B", "I;16L")
_DEEP_MODES = (*_GREY_MODES, "RGB", "RGBA", "RGBX")
_PLAIN_BITS, _MOST_BITS = 8, 16
_WHITE_IS_ZERO, _PREMULTIPLIED = 0, 1  # of a TIFF's tags, TIFF 6.0


def read_still(path: Path) -> Still:
    """Return the picture at ``path``, upright as its EXIF orientation says; of several pages the first.

    Raises:
        PictureError: as ``read_picture`` does, and where the file is cut short, or its numbers have a point
            or neither 16 nor up to 8 bits.
    """
    encoded = read_plain_file(path, MAX_PICTURE_BYTES)
    announced = announced_size(encoded)
    if announced is None:
        raise no_picture(path)
    require_picture_size(path, announced)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata, which is left out
            return _decoded(path, encoded)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureError(f"{path} is too large", "there is no memory for it", "make it smaller") from error
    except Exception as error:  # a damaged file makes a decoder raise almost anything
        raise no_picture(path) from error


def _decoded(path: Path, encoded: bytes) -> Still:
    with Image.open(io.BytesIO(encoded), formats=_FORMATS) as image:
        require_picture_size(path, image.size)
        bits = _bits(image, encoded)
        if (bits > _PLAIN_BITS and bits != _MOST_BITS) or image.mode in ("I", "F"):
            numbers = f"{bits} bits and a point" if image.mode == "F" else f"{bits} bits"
            raise PictureError(
                f"{path} cannot be read", f"its channels have {numbers}", "save it with 8 or 16 bits"
            )
        image.load()  # all of it: a file that is cut short raises here
        is_grey = image.mode in _GREY_MODES
        profile = image.info.get("icc_profile")
        exif = read_exif(image, str(path))
        orientation = exif.get(Base.Orientation, 1)
        if bits == _MOST_BITS and image.mode in _DEEP_MODES:
            bgr, alpha = _deep_pixels(path, image, encoded)
            is_turned = image.format == "TIFF"  # OpenCV turns these by itself
        else:
            bgr, alpha = _plain_pixels(image)
            is_turned = False
        if not is_turned:
            bgr = _upright(bgr, orientation)
            alpha = None if alpha is None else _upright(alpha, orientation)
        if alpha is not None:
            white_where_transparent(bgr, alpha)
        height, width = bgr.shape[:2]
        return Still(bgr, alpha, is_grey, Metadata(kept_exif(exif, (width, height), str(path)), profile))


def _bits(image: Image.Image, encoded: bytes) -> int:
    """Return the bits a channel as the file says: Pillow gives most pictures with 8."""
    if image.format == "PNG":
        return encoded[_PNG_DEPTH_AT]
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return int(max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (1,))))
    return 8


def _plain_pixels(image: Image.Image) -> tuple[Pixels, Pixels | None]:
    if image.has_transparency_data:
        rgba = np.asarray(image.convert("RGBA"))
        return np.ascontiguousarray(rgba[:, :, 2::-1]), np.ascontiguousarray(rgba[:, :, 3])
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1]), None


def _deep_pixels(path: Path, image: Image.Image, encoded: bytes) -> tuple[Pixels, Pixels | None]:
    """Decode 16 bits a channel, which Pillow cannot; what a TIFF says of its numbers OpenCV leaves to us."""
    picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.dtype != np.uint16:
        raise no_picture(path)
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    if picture.ndim == 2:
        if tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO:
            picture = np.iinfo(np.uint16).max - picture
        return np.asarray(cv2.merge((picture, picture, picture))), None
    if picture.shape[2] == 3:
        return np.asarray(picture), None
    bgr, alpha = np.ascontiguousarray(picture[:, :, :3]), np.ascontiguousarray(picture[:, :, 3])
    if tags.get(TiffImagePlugin.EXTRASAMPLES, ())[:1] == (_PREMULTIPLIED,):
        bgr = _straight(bgr, alpha)
    return bgr, alpha


def _straight(bgr: Pixels, alpha: Pixels) -> Pixels:
    """Divide colours by their alpha, uint16; where nothing is to be seen they are 0."""
    share = np.maximum(alpha, 1)[:, :, np.newaxis].astype(np.float32) / np.iinfo(np.uint16).max
    return np.minimum(np.rint(bgr / share), np.iinfo(np.uint16).max).astype(np.uint16)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return pixels as seen upright; ``orientation`` is EXIF's 1…8, anything else is as 1."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
