"""One picture to judge a model by: each candidate's mask and composite beside the photo. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
FloatMask = npt.NDArray[np.float32]

_PANEL = (320, 240)
_TITLE_ROWS, _GAP = 26, 4
_DARK, _GREY, _LIGHT = (32,) * 3, (128,) * 3, (235,) * 3
_CHOSEN = (80, 200, 80)  # green; blue, green, red


@dataclass(frozen=True)
class SheetRow:
    """One candidate: its title, and its masks (float32 HxW in 0…1) of the photos, in their order."""

    title: str
    masks: Sequence[FloatMask]


def draw_sheet(photos_bgr: Sequence[Picture], rows: Sequence[SheetRow], chosen: int) -> Picture:
    """Return uint8 BGR: per candidate a row with photo, mask and composite over grey of each photo."""
    return np.concatenate(
        [_row(photos_bgr, row, index + 1, index == chosen) for index, row in enumerate(rows)], axis=0
    )


def _row(photos_bgr: Sequence[Picture], row: SheetRow, number: int, is_chosen: bool) -> Picture:
    panels: list[Picture] = []
    for photo, mask in zip(photos_bgr, row.masks, strict=True):
        panels += _panels(photo, mask)
    strip = np.concatenate(panels, axis=1)
    head = np.full((_TITLE_ROWS, strip.shape[1], 3), _CHOSEN if is_chosen else _DARK, np.uint8)
    text = f"{number}: {row.title}{'   <- proposed' if is_chosen else ''}"
    ink = _DARK if is_chosen else _LIGHT
    cv2.putText(head, text, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, ink, 1, cv2.LINE_AA)
    return np.concatenate([head, strip], axis=0)


def _panels(photo_bgr: Picture, mask: FloatMask) -> list[Picture]:
    small = _fit(photo_bgr)
    height, width = small.shape[:2]
    alpha = cv2.resize(np.clip(mask, 0, 1), (width, height), interpolation=cv2.INTER_LINEAR)[:, :, np.newaxis]
    grey = np.repeat(alpha * 255, 3, axis=2)
    composite = small * alpha + np.array(_GREY, np.float32) * (1 - alpha)
    return [_framed(small), _framed(np.rint(grey)), _framed(np.rint(composite))]


def _fit(photo_bgr: Picture) -> Picture:
    height, width = photo_bgr.shape[:2]
    factor = min(_PANEL[0] / width, _PANEL[1] / height)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(photo_bgr, size, interpolation=cv2.INTER_AREA), np.uint8)


def _framed(picture: npt.NDArray[np.generic]) -> Picture:
    """Return the picture in the middle of a panel."""
    panel = np.full((_PANEL[1] + _GAP, _PANEL[0] + _GAP, 3), _DARK, np.uint8)
    height, width = picture.shape[:2]
    top, left = (panel.shape[0] - height) // 2, (panel.shape[1] - width) // 2
    panel[top : top + height, left : left + width] = picture.astype(np.uint8)
    return panel
