"""Reads how large a picture is without decoding it. Pure; any thread."""

from __future__ import annotations

import struct

Size = tuple[int, int]

_JPEG_WITHOUT_LENGTH = (0x00, 0x01, *range(0xD0, 0xD9))
_JPEG_FRAMES = (0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_SHORT = 3
_JPEG_MAX_MARKERS = 10_000  # real files have some dozens before their size


def announced_size(encoded: bytes) -> Size | None:
    """Return (width, height) as the header of a PNG, JPEG, WebP, TIFF, BMP or GIF tells it.

    None for another format, or where the header is cut short: decoding tells then.
    """
    try:
        if encoded.startswith(b"\x89PNG\r\n\x1a\n"):
            return _unpacked(">II", encoded, 16)
        if encoded.startswith(b"\xff\xd8"):
            return _jpeg(encoded)
        if encoded.startswith(b"RIFF") and encoded[8:12] == b"WEBP":
            return _webp(encoded)
        if encoded[:4] in (b"II*\0", b"MM\0*"):
            return _tiff(encoded, "<" if encoded.startswith(b"II") else ">")
        if encoded.startswith(b"BM"):
            return _bmp(encoded)
        if encoded[:6] in (b"GIF87a", b"GIF89a"):
            return _unpacked("<HH", encoded, 6)
    except struct.error:  # shorter than its header
        return None
    return None


def _unpacked(form: str, encoded: bytes, offset: int) -> Size:
    width, height = struct.unpack_from(form, encoded, offset)
    return width, height


def _jpeg(encoded: bytes) -> Size | None:
    at = 2
    # Whatever lies between two segments is passed over, as libjpeg does.
    for _ in range(_JPEG_MAX_MARKERS):
        at = encoded.find(0xFF, at)
        if at < 0 or at + 2 > len(encoded):
            return None
        marker = encoded[at + 1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _JPEG_WITHOUT_LENGTH:
            at += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", encoded, at + 5)
            return width, height
        else:
            at += 2 + max(2, struct.unpack_from(">H", encoded, at + 2)[0])
    return None


def _webp(encoded: bytes) -> Size | None:
    kind = encoded[12:16]
    if kind == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", encoded, 24)
        return (high_width << 16 | low_width) + 1, (high_height << 16 | low_height) + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", encoded, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", encoded, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _bmp(encoded: bytes) -> Size:
    (header_length,) = struct.unpack_from("<I", encoded, 14)
    if header_length == 12:
        return _unpacked("<HH", encoded, 18)
    width, height = struct.unpack_from("<ii", encoded, 18)
    return abs(width), abs(height)  # a negative height means top to bottom


def _tiff(encoded: bytes, order: str) -> Size | None:
    (at,) = struct.unpack_from(f"{order}I", encoded, 4)
    (count,) = struct.unpack_from(f"{order}H", encoded, at)
    found: dict[int, int] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(f"{order}HH", encoded, entry)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT):
            form = "H" if kind == _TIFF_SHORT else "I"
            (value,) = struct.unpack_from(order + form, encoded, entry + 8)
            found[tag] = max(value, found.get(tag, 0))  # of two that contradict each other the larger
    if len(found) < 2:
        return None
    return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]
