"""Whether a recording's file is as long as it says itself. Looks at headers only; any thread.

Told before an hour of work is lost, and also where so little is missing that no time stamp shows it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

_BOXES = (b"ftyp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"uuid", b"sidx", b"styp", b"mfra")
_BOX_HEADER = 8
_LONG_BOX_HEADER = 16
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_LONGEST_ID, _LONGEST_SIZE = 4, 8


def missing_bytes(path: Path) -> int:
    """Return how many bytes are missing at the end of an MP4, MOV, Matroska or WebM file.

    0 where nothing is missing, or the file does not say: other formats, and what was written without an end.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        length = os.fstat(file.fileno()).st_size
        return max(0, _told_end(file, length) - length)


def _told_end(file: BinaryIO, length: int) -> int:
    """Return where the file's last part ends, as the headers say; at most ``length`` where they do not."""
    start = file.read(_BOX_HEADER)
    file.seek(0)
    if start[4:] in _BOXES:
        return _end_of_boxes(file, length)
    if start[:4] == _EBML.to_bytes(4, "big"):
        return _end_of_segment(file, length)
    return 0


def _end_of_boxes(file: BinaryIO, length: int) -> int:
    """Return where the last box of an MP4 ends; junk behind it counts nothing."""
    place = 0
    while place < length:
        file.seek(place)
        header = file.read(_LONG_BOX_HEADER)
        if header[4:_BOX_HEADER] not in _BOXES:
            return place
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[_BOX_HEADER:], "big")
        if size < _BOX_HEADER:  # 0: up to the end, wherever that is
            return length
        place += size
    return place


def _end_of_segment(file: BinaryIO, length: int) -> int:
    """Return where the segment of a Matroska file ends; 0 where it does not say."""
    while file.tell() < length:
        identity = _read_number(file, _LONGEST_ID, keeps_marker=True)
        size = _read_number(file, _LONGEST_SIZE, keeps_marker=False)
        if identity is None or size is None:
            return 0
        end = file.tell() + size
        if identity == _SEGMENT:
            return end
        file.seek(min(end, length))
    return 0


def _read_number(file: BinaryIO, longest: int, keeps_marker: bool) -> int | None:
    """Return EBML's number of variable length; None for one that is cut off, or means "not known"."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    width = 9 - first[0].bit_length()
    rest = file.read(width - 1)
    if width > longest or len(rest) < width - 1:
        return None
    number = int.from_bytes(first + rest, "big")
    marker = 1 << 7 * width
    value = number - marker
    if value == marker - 1:
        return None
    return number if keeps_marker else value
