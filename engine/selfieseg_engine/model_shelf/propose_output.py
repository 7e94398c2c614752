"""From a model's outputs to what a manifest says about them. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfieseg_engine.inference.inspection import OutputPort
from selfieseg_engine.model_shelf.errors import ShelfError
from selfieseg_engine.model_shelf.propose_input import InputDraft
from selfieseg_engine.model_shelf.wishes import Wishes
from selfieseg_engine.registry.manifest import Meaning, ModelOutput, OutputLayout
from selfieseg_engine.registry.manifest_file import MAX_CHANNELS

_INTEGERS = ("i32", "i64", "u32", "u64", "i16", "u16")
# What 0 and 1 are in quantized answers (LiteRT's quantization of a sigmoid or softmax: scale 1/256).
_QUANTIZED = {"u8": (0.0, 255.0), "i8": (-128.0, 127.0)}
# The person's channel in sets of classes that many models share: a mask beside its inverse, PASCAL VOC (with
# background), ADE20K.
_PERSON_OF_CHANNELS = {1: 0, 2: 1, 21: 15, 150: 12}
_SMALLEST_SIDE = 8


@dataclass(frozen=True)
class OutputDraft:
    """The output for masks. ``facts.meaning`` is a guess where ``is_unsure``: values have to be looked at."""

    port: OutputPort
    facts: ModelOutput
    is_unsure: bool


@dataclass(frozen=True)
class _Shape:
    layout: OutputLayout
    channels: int
    height: int
    width: int


def propose_output(ports: Sequence[OutputPort], picture: InputDraft, wishes: Wishes) -> OutputDraft:
    """Return the output for masks: of several the largest, with few classes, the first.

    Args:
        ports: the model's outputs, once its input has the size of ``picture``.

    Raises:
        ShelfError: none can be a mask, or nobody knows which channel is the person.
    """
    if wishes.output is not None:
        ports = [port for port in ports if port.name == wishes.output]
    found = [(port, shape) for port in ports if (shape := _shape(port, picture)) is not None]
    if not found:
        there = ", ".join(str(port) for port in ports) or "nothing of the name that you gave"
        raise ShelfError(
            "this model is not taken",
            f"none of its answers can be a mask: {there}",
            "use a model that tells for each pixel whether it is a person",
        )
    port, shape = min(found, key=lambda each: (-each[1].height * each[1].width, each[1].channels > 2))
    return _draft(port, shape, wishes)


def _draft(port: OutputPort, shape: _Shape, wishes: Wishes) -> OutputDraft:
    is_index = port.dtype in _INTEGERS
    person = _person(port, shape, wishes, is_index)
    channels = max(len(wishes.classes), *(each + 1 for each in person), 2) if is_index else shape.channels
    meaning: Meaning
    if wishes.meaning is not None:
        meaning, is_unsure = wishes.meaning, False
    elif is_index:
        meaning, is_unsure = "class-index", False
    elif port.ending != "other" or port.dtype in _QUANTIZED:
        meaning, is_unsure = "probability", False
    else:
        meaning, is_unsure = "probability", True
    zero, one = _QUANTIZED.get(port.dtype, (0.0, 1.0))
    facts = ModelOutput(port.name, meaning, shape.layout, channels, person, wishes.classes, zero, one)
    return OutputDraft(port, facts, is_unsure)


def _person(port: OutputPort, shape: _Shape, wishes: Wishes, is_index: bool) -> tuple[int, ...]:
    if wishes.person is not None:
        return wishes.person
    if is_index:
        return (1,)
    if shape.channels not in _PERSON_OF_CHANNELS:
        raise ShelfError(
            "nobody knows what this model's answers mean",
            f"it tells {shape.channels} classes apart: {port}",
            "say which of them are the person with --person (the first is 0; several with commas)",
        )
    return (_PERSON_OF_CHANNELS[shape.channels],)


def _shape(port: OutputPort, picture: InputDraft) -> _Shape | None:
    """Return how a mask lies in an answer; None for what is no mask."""
    sides = [side for side in port.sides if side is not None]
    if len(sides) != len(port.sides) or not sides or sides[0] != 1:
        return None
    size = picture.height * picture.width
    if len(sides) == 2 and sides[1] == size:
        return _Shape("flat", 1, picture.height, picture.width)
    if len(sides) == 3 and min(sides[1:]) >= _SMALLEST_SIDE:
        return _Shape("NHW", 1, sides[1], sides[2])
    if len(sides) != 4:
        return None
    if port.dtype in _INTEGERS:
        product = sides[1] * sides[2] * sides[3]
        return _Shape("flat", 1, picture.height, picture.width) if product == size else None
    _, first, second, third = sides
    if first < min(second, third) and first <= MAX_CHANNELS and min(second, third) >= _SMALLEST_SIDE:
        return _Shape("NCHW", first, second, third)
    if third < min(first, second) and third <= MAX_CHANNELS and min(first, second) >= _SMALLEST_SIDE:
        return _Shape("NHWC", third, first, second)
    return None
