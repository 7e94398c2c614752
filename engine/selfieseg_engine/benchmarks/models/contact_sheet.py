"""A contact sheet: photos down, models across. Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte

Picture = npt.NDArray[np.uint8]  # HxWx3 BGR

CELL, NAME_ROWS = 200, 18
_DARK, _GREY, _LIGHT = 32, 128, 235
_FONT_SCALE, _MARGIN = 0.36, 4


@dataclass(frozen=True)
class SheetRow:
    """One photo: its name, the photo, and pictures of one size by the title of their column.

    ``notes`` are written into the pictures of their column, such as a score.
    """

    name: str
    photo: Picture
    pictures: Mapping[str, Picture]
    notes: Mapping[str, str]


def draw_contact_sheet(rows: Sequence[SheetRow], columns: Sequence[str]) -> Picture:
    """Return the photos, and beside each its pictures of these columns, in cells of 200 pixels; uint8 BGR."""
    head = [_label(""), *(_label(title) for title in columns)]
    lines = [np.concatenate(head, axis=1)]
    for row in rows:
        cells = [_cell(row.photo, row.name)]
        cells += [_cell(row.pictures[title], row.notes.get(title, "")) for title in columns]
        lines.append(np.concatenate(cells, axis=1))
    return np.concatenate(lines)


def over_grey(photo_bgr: Picture, u8_matte: U8Matte) -> Picture:
    """Return what a matte (uint8 HxW, of the photo's size) shows of a photo, over grey; uint8 HxWx3 BGR."""
    alpha = u8_matte[:, :, np.newaxis].astype(np.float32) / np.float32(255)
    return np.asarray(np.rint(alpha * photo_bgr + (1 - alpha) * np.float32(_GREY)), np.uint8)


def shrunk(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a picture that fits into a cell, in its proportions."""
    height, width = picture.shape[:2]
    share = CELL / max(height, width)
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _cell(picture: Picture, note: str) -> Picture:
    cell = np.full((CELL + NAME_ROWS, CELL, 3), _DARK, np.uint8)
    small = shrunk(picture)
    height, width = small.shape[:2]
    top, left = (CELL - height) // 2, (CELL - width) // 2
    cell[top : top + height, left : left + width] = small
    cell[CELL:] = _label(note)
    return cell


def _label(text: str) -> Picture:
    label = np.full((NAME_ROWS, CELL, 3), _DARK, np.uint8)
    place = (_MARGIN, NAME_ROWS - 6)
    cv2.putText(label, text, place, cv2.FONT_HERSHEY_SIMPLEX, _FONT_SCALE, (_LIGHT,) * 3, 1, cv2.LINE_AA)
    return label
