"""What the user has chosen for one filter, and what follows from it. Pure."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from selfieseg_wire.look_text import format_look, parse_look

IN_ENGINE = "effects_in_engine"
# Effects on hair, skin or clothes: strengths 0…1.
CLASS_EFFECTS = ("hair_strength", "clothes_strength", "face_smooth", "face_brighten", "skin_tone")
# The settings that name the file of a background.
BACKGROUND_FILES = {"image": "image_path", "video": "video_path"}


@dataclass(frozen=True)
class Options:
    """The settings of a filter.

    Attributes:
        model: an id, or "auto".
        device: AUTO, CPU, GPU or NPU.
        look: all other settings (selfieseg_wire.look_text).
    """

    model: str
    device: str
    look: str

    @property
    def settings(self) -> Mapping[str, str]:
        """The look as setting keys and values."""
        return _parsed(self.look)

    @property
    def background(self) -> str:
        """What is to be shown behind the person; "blur" where the look does not say."""
        return self.settings.get("background", "blur")

    @property
    def background_file(self) -> str:
        """The file that the background is, empty where it is none, or is not chosen yet."""
        return self.settings.get(BACKGROUND_FILES.get(self.background, ""), "")

    @property
    def wants_classes(self) -> bool:
        """Whether hair, skin or clothes are to be changed or shown."""
        settings = self.settings
        return settings.get("view") == "classes" or any(
            settings.get(key, "0") not in ("", "0") for key in CLASS_EFFECTS
        )

    @property
    def composed_in_engine(self) -> bool:
        """Whether the engine is to make finished pictures: it has no OBS source, and makes no other view.

        Whether it does is a matter of their size, too: composites.py.
        """
        settings = self.settings
        return (
            settings.get(IN_ENGINE) == "1"
            and self.background != "source"
            and settings.get("view", "result") == "result"
        )

    def engine_look(self, composes: bool) -> str:
        """Return the look for the engine, which ``composes`` only where both sides agree that it does."""
        if self.settings.get(IN_ENGINE) != "1" or composes:
            return self.look
        return format_look({**self.settings, IN_ENGINE: "0"})


@functools.lru_cache(maxsize=64)
def _parsed(look: str) -> Mapping[str, str]:
    return parse_look(look)
