"""Encodes a TIFF of 8 or 16 bits a channel with its metadata. Any thread.

OpenCV writes neither metadata nor that the fourth channel is straight alpha, Pillow no 16-bit colour.
"""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np
from PIL import Image, TiffImagePlugin, TiffTags
from PIL.ExifTags import IFD

from selfieseg_engine.stills.still import Metadata, Pixels

_DEFLATE = 8
_GREY, _RGB = 1, 2
_STRAIGHT_ALPHA = 2
_DIFFERENCES = 2  # of neighbours in a row: compress better than values
_ROWS_PER_STRIP = 64


def encode_tiff(pixels: Pixels, metadata: Metadata) -> bytes:
    """Return a TIFF file, deflated; uint8 or uint16, HxW, HxWx3 BGR or HxWx4 BGRA with straight alpha."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    strips = [_strip(pixels[top : top + _ROWS_PER_STRIP]) for top in range(0, height, _ROWS_PER_STRIP)]
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[TiffImagePlugin.IMAGEWIDTH] = width
    tags[TiffImagePlugin.IMAGELENGTH] = height
    tags[TiffImagePlugin.BITSPERSAMPLE] = (8 * pixels.itemsize,) * channels
    tags[TiffImagePlugin.COMPRESSION] = _DEFLATE
    tags[TiffImagePlugin.PREDICTOR] = _DIFFERENCES
    tags[TiffImagePlugin.PHOTOMETRIC_INTERPRETATION] = _GREY if channels == 1 else _RGB
    tags[TiffImagePlugin.SAMPLESPERPIXEL] = channels
    tags[TiffImagePlugin.ROWSPERSTRIP] = _ROWS_PER_STRIP
    tags[TiffImagePlugin.STRIPBYTECOUNTS] = tuple(map(len, strips))
    tags.tagtype[TiffImagePlugin.STRIPOFFSETS] = TiffTags.LONG
    # From the end of the directory; Pillow adds where that is.
    tags[TiffImagePlugin.STRIPOFFSETS] = tuple(
        sum(map(len, strips[:number])) for number in range(len(strips))
    )
    if channels == 4:
        tags[TiffImagePlugin.EXTRASAMPLES] = _STRAIGHT_ALPHA
    _add_metadata(tags, metadata)
    file = io.BytesIO()
    tags.save(file)
    file.writelines(strips)
    return file.getvalue()


def _add_metadata(tags: TiffImagePlugin.ImageFileDirectory_v2, metadata: Metadata) -> None:
    if metadata.icc_profile is not None:
        tags.tagtype[TiffImagePlugin.ICCPROFILE] = TiffTags.UNDEFINED
        tags[TiffImagePlugin.ICCPROFILE] = metadata.icc_profile
    if metadata.exif is None:
        return
    exif = Image.Exif()
    exif.load(metadata.exif)
    for tag in exif:
        if tag in (IFD.Exif, IFD.GPSInfo):
            tags.tagtype[tag] = TiffTags.LONG
            tags[tag] = exif.get_ifd(tag)
        else:
            tags[tag] = exif[tag]


def _strip(pixels: Pixels) -> bytes:
    """Return rows as a TIFF has them: RGB, each value less its left neighbour's, little endian, deflated."""
    if pixels.ndim == 3:
        order = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        pixels = np.asarray(cv2.cvtColor(pixels, order))
    differences = pixels.copy()
    differences[:, 1:] -= pixels[:, :-1]
    return zlib.compress(differences.astype(differences.dtype.newbyteorder("<")).tobytes())
