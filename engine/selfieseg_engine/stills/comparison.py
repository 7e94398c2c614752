"""The figure of four panels: a picture, its classes, its background removed, and blurred. Any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from selfieseg_engine.composite.background import (
    DEFAULT_BLUR_STRENGTH,
    BlurBackground,
    ColorBackground,
)
from selfieseg_engine.composite.classes_view import (
    CLASS_COLORS_RGB,
    CLASS_NAMES,
    draw_classes,
    index_classes,
)
from selfieseg_engine.composite.compose import composite, make_person
from selfieseg_engine.composite.look import Look
from selfieseg_engine.result import SegmentationResult

Picture = npt.NDArray[np.uint8]

# As in OpenVINO's notebook.
_REMOVED = ColorBackground((192, 192, 192))
_LONGEST_SIDE = 960
_SHORTEST_SIDE = 120
_PERSON = "person"


def draw_comparison(frame_bgr: Picture, result: SegmentationResult, look: Look) -> Picture:
    """Return a figure, uint8 HxWx3 BGR, of labelled panels: original, classes, removed, blurred.

    Without a class model the classes are the person and the background.

    Args:
        frame_bgr: uint8 HxWx3, the picture.
        result: of segmenting it.
        look: the matte's settings and the effects on the person; of its background only how strong a blur is.
    """
    blur = look.background if isinstance(look.background, BlurBackground) else None
    plain = replace(look, view="result", background=blur or BlurBackground(DEFAULT_BLUR_STRENGTH))
    indices = index_classes(result.class_planes, make_person(result.mask, frame_bgr, look))
    colours = cv2.addWeighted(frame_bgr, 0.4, draw_classes(indices), 0.6, 0)
    panels = (
        ("original", frame_bgr),
        ("classes", np.asarray(colours, np.uint8)),
        ("background removed", composite(frame_bgr, result, look=replace(plain, background=_REMOVED))),
        ("background blurred", composite(frame_bgr, result, look=plain)),
    )
    size = _panel_size(frame_bgr)
    title = max(14, max(size) // 30)
    drawn = [_panel(name, picture, size, title) for name, picture in panels]
    _add_legend(drawn[1], _legend(indices, result.class_planes is not None), title)
    rgb = np.vstack([np.hstack([np.asarray(each) for each in row]) for row in (drawn[:2], drawn[2:])])
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _panel_size(frame_bgr: Picture) -> tuple[int, int]:
    """Return (width, height) of a panel's picture: that of the frame, within bounds."""
    height, width = frame_bgr.shape[:2]
    scale = min(1.0, _LONGEST_SIDE / max(width, height))
    return max(_SHORTEST_SIDE, round(width * scale)), max(_SHORTEST_SIDE, round(height * scale))


def _panel(name: str, picture: Picture, size: tuple[int, int], title: int) -> Image.Image:
    """Return a picture under its name, on white."""
    scale = min(size[0] / picture.shape[1], size[1] / picture.shape[0])
    fitted = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shown = cv2.cvtColor(cv2.resize(picture, fitted, interpolation=interpolation), cv2.COLOR_BGR2RGB)
    margin, band = title // 2, 2 * title
    panel = Image.new("RGB", (size[0] + 2 * margin, size[1] + band + margin), "white")
    place = (margin + (size[0] - fitted[0]) // 2, band + (size[1] - fitted[1]) // 2)
    panel.paste(Image.fromarray(np.asarray(shown, np.uint8)), place)
    ImageDraw.Draw(panel).text(
        (panel.width // 2, band // 2), name, "black", ImageFont.load_default(title), anchor="mm"
    )
    return panel


def _legend(indices: Picture, knows_classes: bool) -> list[tuple[str, tuple[int, int, int]]]:
    """Return name and colour of each class that is in the picture."""
    names = CLASS_NAMES if knows_classes else (*CLASS_NAMES[:-1], _PERSON)
    return [(names[index], CLASS_COLORS_RGB[index]) for index in np.unique(indices)]


def _add_legend(panel: Image.Image, entries: Sequence[tuple[str, tuple[int, int, int]]], title: int) -> None:
    """Write the names of the classes, each beside its colour, into the lower left corner."""
    text = round(title * 0.75)
    font, line = ImageFont.load_default(text), round(text * 1.5)
    draw = ImageDraw.Draw(panel)
    width = max(round(font.getlength(name)) for name, _ in entries) + 3 * text
    left, top = title, panel.height - title - line * len(entries)
    draw.rectangle((left, top, left + width, top + line * len(entries)), "white", "grey")
    for number, (name, colour) in enumerate(entries):
        middle = top + line * number + line // 2
        square = (left + text // 2, middle - text // 2, left + text // 2 + text, middle + text // 2)
        draw.rectangle(square, colour, "grey")
        draw.text((left + 2 * text, middle), name, "black", font, anchor="lm")
