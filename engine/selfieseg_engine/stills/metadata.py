"""Which EXIF and which ICC profile a new picture gets. Any thread."""

from __future__ import annotations

import logging
import struct

from PIL import Image
from PIL.ExifTags import IFD, Base

# Of the first directory only what describes the picture: the others describe the old file's own layout.
_DESCRIPTIONS = (
    Base.ImageDescription,
    Base.Make,
    Base.Model,
    Base.XResolution,
    Base.YResolution,
    Base.ResolutionUnit,
    Base.Software,
    Base.DateTime,
    Base.Artist,
    Base.Copyright,
    Base.Rating,
    Base.XPTitle,
    Base.XPComment,
    Base.XPAuthor,
    Base.XPKeywords,
    Base.XPSubject,
)
# A maker's note may hold a preview of the old picture, and its offsets are wrong once it has moved.
_LEFT_OUT = (Base.MakerNote, IFD.Interop)
_ICC_SPACE = slice(16, 20)
# What Pillow raises for a block that contradicts itself, or holds values that it cannot write again.
_DAMAGED = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    struct.error,
)

logger = logging.getLogger(__name__)


def read_exif(image: Image.Image, name: str) -> Image.Exif:
    """Return the EXIF of a picture; none, with a warning that has ``name``, where it is damaged."""
    try:
        return image.getexif()
    except _DAMAGED as error:
        _warn(name, error)
        return Image.Exif()


def kept_exif(old: Image.Exif, size: tuple[int, int], name: str) -> bytes | None:
    """Return the EXIF block for a picture of ``size`` = (width, height) that stands upright; None for none.

    What tells the orientation is left out, and so is what shows the old picture: the thumbnail and the
    camera maker's own notes. A damaged block is left out whole, with a warning that has ``name``.
    """
    try:
        return _new_block(old, size)
    except _DAMAGED as error:
        _warn(name, error)
        return None


def fits_colours(icc_profile: bytes, is_grey: bool) -> bool:
    """Return whether a profile is for a grey (or else: RGB) picture, as its header says. Pure."""
    return icc_profile[_ICC_SPACE] == (b"GRAY" if is_grey else b"RGB ")


def _new_block(old: Image.Exif, size: tuple[int, int]) -> bytes | None:
    new = Image.Exif()
    for tag in _DESCRIPTIONS:
        if tag in old:
            new[tag] = old[tag]
    for directory in (IFD.Exif, IFD.GPSInfo):
        values = {tag: value for tag, value in old.get_ifd(directory).items() if tag not in _LEFT_OUT}
        if directory == IFD.Exif:
            sides = zip((Base.ExifImageWidth, Base.ExifImageHeight), size, strict=True)
            values.update((tag, side) for tag, side in sides if tag in values)
        if values:
            new.get_ifd(directory).update(values)
            new[directory] = values
    return new.tobytes() if len(new) else None


def _warn(name: str, error: Exception) -> None:
    logger.warning("%s: its EXIF is damaged and left out (%s)", name, error)
