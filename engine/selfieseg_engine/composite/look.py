"""What the user wants to see: every setting of docs/effects.md. Pure; any thread."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from selfieseg_engine.composite.background import (
    DEFAULT_BLUR_STRENGTH,
    MAX_BLUR_STRENGTH,
    Background,
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    ImageBackground,
    NoBackground,
    TransparentBackground,
    VideoBackground,
)
from selfieseg_engine.errors import UserError

View = Literal["result", "matte", "classes", "split"]
Color = tuple[int, int, int]

VIEWS: tuple[str, ...] = get_args(View)
MAX_EXPAND = 20.0
_DEFAULT_BACKGROUND = BlurBackground(DEFAULT_BLUR_STRENGTH)
_DEFAULT_COLOR = (0, 255, 0)


class SettingError(UserError, ValueError):
    """A setting that cannot be understood; ``key`` is its name."""

    def __init__(self, key: str, value: str, wanted: str) -> None:
        super().__init__(f"the setting {key} is not understood", f"it is {value!r}", f"give {wanted}")
        self.key = key


@dataclass(frozen=True)
class Look:
    """Every setting of the picture.

    Colours are blue, green, red, 0…255. ``expand`` is −20…20 pixels of a frame 1080 rows high, all other
    numbers are 0…1. A strength of 0 turns an effect off. ``refine_edges``:
    a small matte is brought to the frame's size along the frame's edges.
    """

    background: Background = _DEFAULT_BACKGROUND
    invert: bool = False
    threshold: float = 0.5
    softness: float = 1.0
    expand: float = 0.0
    refine_edges: bool = True
    light_wrap: float = 0.0
    despill: float = 0.0
    hair_color: Color = (0xFC, 0x3F, 0x8A)
    hair_strength: float = 0.0
    clothes_color: Color = (0xBF, 0x5F, 0x1F)
    clothes_strength: float = 0.0
    face_smooth: float = 0.0
    face_brighten: float = 0.0
    skin_color: Color = (0x8A, 0xAC, 0xE0)
    skin_tone: float = 0.0
    view: View = "result"


_UNIT_NUMBERS = (
    "threshold",
    "softness",
    "light_wrap",
    "despill",
    "hair_strength",
    "clothes_strength",
    "face_smooth",
    "face_brighten",
    "skin_tone",
)
_SWITCHES = ("invert", "refine_edges")
_COLORS = ("hair_color", "clothes_color", "skin_color")


def changes_classes(look: Look) -> bool:
    """Return whether an effect works on hair, skin or clothes."""
    return (
        max(look.hair_strength, look.clothes_strength, look.face_smooth, look.face_brighten, look.skin_tone)
        > 0
    )


def needs_classes(look: Look) -> bool:
    """Return whether the look shows or changes hair, skin or clothes."""
    return look.view == "classes" or changes_classes(look)


def look_from_settings(values: Mapping[str, str]) -> Look:
    """Return the look of the filter's settings, as ``parse_look`` of the wire gives them.

    A missing key is its default, an unknown one is passed over, and numbers are clamped to their range.

    Raises:
        SettingError: a value is malformed, or the background is a kind that only OBS itself can draw.
    """
    changes: dict[str, Any] = {"background": _background(values)}
    changes |= {key: _number(values, key, 0, 1) for key in _UNIT_NUMBERS if key in values}
    changes |= {key: parse_color(key, values[key]) for key in _COLORS if key in values}
    if "expand" in values:
        changes["expand"] = _number(values, "expand", -MAX_EXPAND, MAX_EXPAND)
    changes |= {key: _switch(key, values[key]) for key in _SWITCHES if key in values}
    if "view" in values:
        changes["view"] = _view(values["view"])
    return replace(Look(), **changes)


def read_share(values: Mapping[str, str], key: str, default: float) -> float:
    """Return a setting as a number within 0…1. Raises ``SettingError``."""
    return _number(values, key, 0, 1) if key in values else default


def parse_color(key: str, text: str) -> Color:
    """Return ``#RRGGBB`` as blue, green, red. Raises ``SettingError`` naming ``key``."""
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise SettingError(key, text, "a colour such as #00FF00")
    red, green, blue = bytes.fromhex(text[1:])
    return blue, green, red


def _background(values: Mapping[str, str]) -> Background:
    kind = values.get("background", "blur")
    if kind == "blur":
        if "blur_strength" not in values:
            return _DEFAULT_BACKGROUND
        return BlurBackground(round(_number(values, "blur_strength", 0, MAX_BLUR_STRENGTH)))
    if kind == "color":
        return ColorBackground(parse_color("color", values["color"]) if "color" in values else _DEFAULT_COLOR)
    if kind == "image":
        return ImageBackground(Path(values.get("image_path", "")))
    if kind == "video":
        return VideoBackground(Path(values.get("video_path", "")))
    plain: dict[str, Background] = {
        "transparent": TransparentBackground(),
        "grayscale": GrayscaleBackground(),
        "none": NoBackground(),
    }
    if kind not in plain:
        raise SettingError("background", kind, f"blur, color, image, video, {', '.join(plain)}")
    return plain[kind]


def _number(values: Mapping[str, str], key: str, low: float, high: float) -> float:
    try:
        number = float(values[key])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise SettingError(key, values[key], f"a number in {low:g}…{high:g}")
    return min(max(number, low), high)


def _switch(key: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise SettingError(key, text, "0 or 1")
    return text == "1"


def _view(text: str) -> View:
    if text not in VIEWS:
        raise SettingError("view", text, " or ".join(VIEWS))
    return cast(View, text)
