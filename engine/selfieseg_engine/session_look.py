"""One reading of a filter's look: what it wants drawn, and what that asks of the session. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

from selfieseg_engine.composite.look import (
    Look,
    SettingError,
    look_from_settings,
    needs_classes,
    read_share,
)
from selfieseg_engine.matte_stream import DEFAULT_SMOOTHING
from selfieseg_wire.look_text import parse_look

AUTO_CLASS_MODEL = "auto"
_BACKGROUND_OF_OBS = "source"
_IN_ENGINE = "effects_in_engine"
_LEADS = {"low_latency": True, "exact": False}
_SWITCH = {"0": False, "1": True}


@dataclass(frozen=True)
class SessionLook:
    """A look that could be read.

    Attributes:
        look: what is drawn.
        wants_classes: drawing it takes class maps.
        class_model: ``auto``, ``none`` or a model's id.
        in_engine: it is to be drawn here rather than in OBS; never where only OBS has the background.
        smoothing: how much mattes are steadied, 0…1.
        leads: mattes are drawn over later pictures than those that they were computed from.
    """

    look: Look
    wants_classes: bool
    class_model: str
    in_engine: bool
    smoothing: float
    leads: bool


def read_look(text: str) -> SessionLook:
    """Return the look in a message's text; what it leaves out has its default.

    Raises:
        SettingError: a value cannot be; it names the key.
    """
    settings = parse_look(text)
    switch = settings.get(_IN_ENGINE, "0")
    if switch not in _SWITCH:
        raise SettingError(_IN_ENGINE, switch, "0 or 1")
    alignment = settings.get("alignment", "low_latency")
    if alignment not in _LEADS:
        raise SettingError("alignment", alignment, " or ".join(_LEADS))
    has_background = settings.get("background") != _BACKGROUND_OF_OBS
    if not has_background:
        del settings["background"]
    look = look_from_settings(settings)
    class_model = settings.get("class_model", AUTO_CLASS_MODEL)
    return SessionLook(
        look,
        needs_classes(look),
        class_model,
        in_engine=_SWITCH[switch] and has_background,
        smoothing=read_share(settings, "smoothing", DEFAULT_SMOOTHING),
        leads=_LEADS[alignment],
    )
