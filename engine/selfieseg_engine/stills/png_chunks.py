"""Puts EXIF and an ICC profile into a PNG file that has none. Pure; any thread."""

from __future__ import annotations

import zlib

from selfieseg_engine.composite.palette_png import chunk
from selfieseg_engine.stills.still import Metadata

_AFTER_HEADER = 8 + 25  # the signature and the chunk IHDR
_EXIF_PREFIX = b"Exif\0\0"  # a JPEG's; a PNG goes without
_DEFLATED = b"\0"


def with_metadata(png: bytes, metadata: Metadata) -> bytes:
    """Return the file with the chunks ``iCCP`` and ``eXIf`` right behind its header."""
    chunks = b""
    if metadata.icc_profile is not None:
        chunks += chunk(b"iCCP", b"ICC profile\0" + _DEFLATED + zlib.compress(metadata.icc_profile))
    if metadata.exif is not None:
        chunks += chunk(b"eXIf", metadata.exif.removeprefix(_EXIF_PREFIX))
    return png[:_AFTER_HEADER] + chunks + png[_AFTER_HEADER:]
