"""What the user says about a model, where it is not left to be found out. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

from selfieseg_engine.registry.manifest import Colour, Layout, Meaning

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Wishes:
    """Facts for a manifest that overrule what is found. None: find out, or take what is usual.

    Attributes:
        width: of the pictures, for a model that leaves it open; like ``height``.
        mean: of ``(pixel - mean) / scale``, a number for each colour in the order of ``colour``.
        input: the name of the input for pictures.
        output: the name of the output for masks.
        person: the channels whose probabilities add up to the person; empty for a model without.
        classes: what each channel means.
    """

    width: int | None = None
    height: int | None = None
    layout: Layout | None = None
    colour: Colour | None = None
    mean: Triple | None = None
    scale: Triple | None = None
    input: str | None = None
    output: str | None = None
    meaning: Meaning | None = None
    person: tuple[int, ...] | None = None
    classes: tuple[str, ...] = ()
    title: str | None = None
    good_for: str | None = None
    licence: str | None = None
    credit: str | None = None
    non_commercial: bool = False
