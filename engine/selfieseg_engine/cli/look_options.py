"""The options of every effect, for commands that draw pictures: see docs/effects.md."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import click

from selfieseg_engine.cli.option_groups import EDGE, OTHER, PERSON, GroupedOption
from selfieseg_engine.cli.options import background_option, backgrounds_option
from selfieseg_engine.composite.look import MAX_EXPAND, VIEWS, Look, SettingError, parse_color

_DEFAULTS = Look()
_UNIT = click.FloatRange(0, 1)


def look_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--background`` and the options of all effects; the command gets them as one ``look``."""
    return _with_look(command, (background_option, *_EFFECTS))


def looks_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--background``, several times, and the options of all effects.

    The command gets ``backgrounds``, a tuple, and a ``look`` for all of them.
    """
    return _with_look(command, (backgrounds_option, *_EFFECTS))


def _with_look(command: Callable[..., Any], options: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    @functools.wraps(command)
    def with_look(*arguments: Any, **values: Any) -> Any:
        look = Look(**{each.name: values.pop(each.name) for each in fields(Look) if each.name in values})
        return command(*arguments, look=look, **values)

    decorated: Callable[..., Any] = with_look
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def _color(_ctx: click.Context, parameter: click.Parameter, text: str) -> tuple[int, int, int]:
    """Turn ``#RRGGBB`` into blue, green, red."""
    try:
        return parse_color(str(parameter.name), text)
    except SettingError as error:
        raise click.BadParameter(str(error)) from error


def _finite(_ctx: click.Context, _parameter: click.Parameter, value: float) -> float:
    """Refuse ``nan``, which every range lets through."""
    if not math.isfinite(value):
        raise click.BadParameter("this is no number")
    return value


def _number(name: str, group: str, text: str, allowed: click.FloatRange = _UNIT) -> Callable[..., Any]:
    return _option(name, group, text, type=allowed, callback=_finite, default=getattr(_DEFAULTS, name))


def _dye(name: str, text: str) -> Callable[..., Any]:
    blue, green, red = getattr(_DEFAULTS, name)
    default = f"#{red:02X}{green:02X}{blue:02X}"
    return _option(name, PERSON, text, callback=_color, default=default, metavar="#RRGGBB")


def _option(name: str, group: str, text: str, **attributes: Any) -> Callable[..., Any]:
    flag = "--" + name.replace("_", "-")
    return click.option(
        flag, name, cls=GroupedOption, group=group, help=text, show_default=True, **attributes
    )


_EFFECTS = (
    _number("threshold", EDGE, "Where the person ends: higher means less person."),
    _number("softness", EDGE, "How soft the person's edge is."),
    _number(
        "expand",
        EDGE,
        "Grow the person (below 0: shrink) by pixels of a picture 1080 rows high.",
        click.FloatRange(-MAX_EXPAND, MAX_EXPAND),
    ),
    click.option(
        "--refine-edges/--no-refine-edges",
        "refine_edges",
        cls=GroupedOption,
        group=EDGE,
        default=_DEFAULTS.refine_edges,
        show_default=True,
        help="Let the person's edge follow the picture's.",
    ),
    _number("light_wrap", EDGE, "Let the new background's light fall on the edge."),
    _number("despill", EDGE, "Take the old room's colour out of the edge."),
    _option("invert", EDGE, "Change the person instead of the background.", is_flag=True),
    _number("hair_strength", PERSON, "Dye the hair."),
    _dye("hair_color", "With this colour."),
    _number("clothes_strength", PERSON, "Dye the clothes."),
    _dye("clothes_color", "With this colour."),
    _number("skin_tone", PERSON, "Tone the skin of face and body."),
    _dye("skin_color", "With this colour."),
    _number("face_smooth", PERSON, "Smooth the skin of the face."),
    _number("face_brighten", PERSON, "Brighten the face."),
    _option("view", OTHER, "What to draw.", type=click.Choice(VIEWS), default=_DEFAULTS.view),
)
