"""One case to look at: the picture, its true matte, the mattes that were found. Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from selfieseg_engine.benchmarks.quality.outcome import Picture
from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte

_PANEL_WIDTH, _TITLE_ROWS = 320, 24
_DARK, _LIGHT = 32, 235
_SHADE = 0.5


def draw_sheet(
    frame_bgr: Picture, u8_true: U8Matte, u8_mattes: Mapping[str, U8Matte], judged: str
) -> Picture:
    """Return frame, truth, mattes by name and the judged one's difference in a row, uint8 BGR."""
    panels = [_panel("frame", frame_bgr), _panel("truth", _grey(u8_true))]
    panels += [_panel(name, _grey(u8_matte)) for name, u8_matte in u8_mattes.items()]
    panels.append(_panel(f"{judged} - truth", difference_picture(u8_mattes[judged], u8_true)))
    rows = max(panel.shape[0] for panel in panels)
    panels = [
        np.asarray(
            cv2.copyMakeBorder(
                panel, 0, rows - panel.shape[0], 0, 2, cv2.BORDER_CONSTANT, value=(_DARK,) * 3
            ),
            np.uint8,
        )
        for panel in panels
    ]
    return np.concatenate(panels, axis=1)


def difference_picture(u8_matte: U8Matte, u8_true: U8Matte) -> Picture:
    """Return the truth dimmed, red where the matte has too much, blue where it has too little; uint8 BGR."""
    too_much, too_little = cv2.subtract(u8_matte, u8_true), cv2.subtract(u8_true, u8_matte)
    dimmed = cv2.convertScaleAbs(u8_true, alpha=_SHADE)
    quiet = cv2.subtract(dimmed, cv2.max(too_much, too_little))
    return np.asarray(cv2.merge([cv2.add(quiet, too_little), quiet, cv2.add(quiet, too_much)]), np.uint8)


def _panel(title: str, picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    rows = max(1, round(height * _PANEL_WIDTH / width))
    shrunk = cv2.resize(picture, (_PANEL_WIDTH, rows), interpolation=cv2.INTER_AREA)
    head = np.full((_TITLE_ROWS, _PANEL_WIDTH, 3), _DARK, np.uint8)
    cv2.putText(head, title, (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (_LIGHT,) * 3, 1, cv2.LINE_AA)
    return np.concatenate([head, np.asarray(shrunk, np.uint8)])


def _grey(u8_matte: U8Matte) -> Picture:
    return np.asarray(cv2.cvtColor(u8_matte, cv2.COLOR_GRAY2BGR), np.uint8)
