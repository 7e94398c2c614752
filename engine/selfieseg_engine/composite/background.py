"""What the user wants behind the person: parses ``blur:50``, ``color:#00FF00``, … Pure; any thread.

``kind`` is the value of the setting ``background``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from selfieseg_engine.errors import BackgroundError

DEFAULT_BLUR_STRENGTH = 50
MAX_BLUR_STRENGTH = 100
SYNTAX = "blur[:0-100], color:#RRGGBB, image:PATH, video:PATH, transparent, grayscale or none"
SYNTAX_FOR_PICTURES = SYNTAX.replace(" video:PATH,", "")


@dataclass(frozen=True)
class BlurBackground:
    """The frame's own background, blurred; strength 0…100, where 0 leaves it as it is."""

    kind: ClassVar[str] = "blur"
    strength: int


@dataclass(frozen=True)
class ColorBackground:
    """One colour, blue, green, red, 0…255 each."""

    kind: ClassVar[str] = "color"
    bgr: tuple[int, int, int]


@dataclass(frozen=True)
class ImageBackground:
    """A picture, scaled to cover the frame and cut in the middle."""

    kind: ClassVar[str] = "image"
    path: Path


@dataclass(frozen=True)
class VideoBackground:
    """A recording that loops."""

    kind: ClassVar[str] = "video"
    path: Path


@dataclass(frozen=True)
class TransparentBackground:
    """Nothing: BGRA with straight alpha."""

    kind: ClassVar[str] = "transparent"


@dataclass(frozen=True)
class GrayscaleBackground:
    """The frame's own background without its colours."""

    kind: ClassVar[str] = "grayscale"


@dataclass(frozen=True)
class NoBackground:
    """The frame as it is."""

    kind: ClassVar[str] = "none"


Background = (
    BlurBackground
    | ColorBackground
    | ImageBackground
    | VideoBackground
    | TransparentBackground
    | GrayscaleBackground
    | NoBackground
)

_PLAIN: dict[str, Background] = {
    "transparent": TransparentBackground(),
    "grayscale": GrayscaleBackground(),
    "none": NoBackground(),
}


def parse_background(text: str) -> Background:
    """Return the background that ``text`` names. Raises ``BackgroundError`` saying what is wrong."""
    kind, colon, value = text.strip().partition(":")
    if kind in _PLAIN:
        if colon:
            raise _wrong(text, f"{kind} takes no value")
        return _PLAIN[kind]
    if kind == "blur":
        return BlurBackground(_strength(text, value) if colon else DEFAULT_BLUR_STRENGTH)
    if kind == "color":
        return ColorBackground(_bgr(text, value))
    if kind in ("image", "video"):
        if not value:
            raise _wrong(text, f"{kind} needs a file: {kind}:PATH")
        path = Path(value).expanduser()
        return ImageBackground(path) if kind == "image" else VideoBackground(path)
    raise _wrong(text, f"there is no kind {kind!r}")


def _strength(text: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", value) or int(value) > MAX_BLUR_STRENGTH:
        raise _wrong(text, f"the strength must be a whole number in 0…{MAX_BLUR_STRENGTH}, got {value!r}")
    return int(value)


def _bgr(text: str, value: str) -> tuple[int, int, int]:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise _wrong(text, f"the colour must look like #00FF00, got {value!r}")
    red, green, blue = bytes.fromhex(value[1:])
    return blue, green, red


def _wrong(text: str, why: str) -> BackgroundError:
    return BackgroundError(f"the background {text!r} is not understood", why, f"write {SYNTAX}")
