"""From a model's inputs to what a manifest says about them. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from selfieseg_engine.inference.inspection import Inspection, OutputPort, Port
from selfieseg_engine.model_shelf.errors import ShelfError
from selfieseg_engine.model_shelf.wishes import Wishes
from selfieseg_engine.registry.manifest import Dtype, Layout, State
from selfieseg_engine.registry.manifest_file import MAX_SIDE

_COLOURS, _COLOURS_AND_MASK = 3, 4
_DTYPES = ("f32", "u8", "i8")
_SMALLEST_SIDE = 16


@dataclass(frozen=True)
class InputDraft:
    """The input for pictures, without how pixels are scaled.

    Attributes:
        has_mask: it has a fourth channel, for the mask of the frame before.
        is_open: the file leaves its size open.
    """

    name: str
    width: int
    height: int
    layout: Layout
    dtype: Dtype
    has_mask: bool
    is_open: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The whole shape of the input."""
        channels = _COLOURS_AND_MASK if self.has_mask else _COLOURS
        if self.layout == "NHWC":
            return (1, self.height, self.width, channels)
        return (1, channels, self.height, self.width)


def has_open_size(inspection: Inspection, wishes: Wishes) -> bool:
    """Return whether width or height have to be said. Raises ``ShelfError`` as ``propose_input`` does."""
    port, layout = _picture_port(inspection.inputs, wishes)
    _require_fixed_others(inspection, port.name)
    return None in _rows_and_columns(port, layout)


def propose_input(inspection: Inspection, wishes: Wishes) -> InputDraft:
    """Return the input for pictures.

    Raises:
        ShelfError: there is none, there are several, or it takes something that no picture can be.
    """
    port, layout = _picture_port(inspection.inputs, wishes)
    _require_fixed_others(inspection, port.name)
    if port.sides[0] not in (None, 1):
        raise ShelfError(
            "this model is not taken",
            f"it wants {port.sides[0]} pictures at once: {port}",
            "export it for one picture (batch size 1)",
        )
    if port.dtype not in _DTYPES:
        raise ShelfError(
            "this model is not taken",
            f"its input is {port}",
            f"export it with an input of one of {', '.join(_DTYPES)}",
        )
    rows, columns = _rows_and_columns(port, layout)
    height, width = wishes.height or rows, wishes.width or columns
    if height is None or width is None:
        raise ShelfError(
            "the size of the pictures for this model is not known",
            f"the file leaves it open: {port}",
            "say it with --width and --height, as its publisher does",
        )
    if not all(_SMALLEST_SIDE <= side <= MAX_SIDE for side in (height, width)):
        raise ShelfError(
            "this model is not taken",
            f"its pictures would be {width}x{height}",
            f"sides may have {_SMALLEST_SIDE} to {MAX_SIDE} pixels; check --width, --height and --layout",
        )
    has_mask = port.sides[_channel_axis(layout)] == _COLOURS_AND_MASK
    is_open = None in port.sides or (rows, columns) != (height, width)
    return InputDraft(port.name, width, height, layout, cast(Dtype, port.dtype), has_mask, is_open)


def pair_states(inspection: Inspection, picture: InputDraft, answer: OutputPort | None) -> tuple[State, ...]:
    """Return which outputs are fed to the other inputs with the next frame.

    An input and an output of the same shape that no other has are a pair.

    Args:
        answer: the output for masks, which is no state; None where that is not known yet.

    Raises:
        ShelfError: an input is left over that nobody knows what to feed.
    """
    others = [port for port in inspection.inputs if port.name != picture.name]
    answers = [port for port in inspection.outputs if answer is None or port.name != answer.name]
    states = []
    for port in others:
        fitting = [each for each in answers if each.sides == port.sides and None not in port.sides]
        rivals = [each for each in others if each.sides == port.sides]
        if len(fitting) != 1 or len(rivals) != 1:
            raise _unknown_inputs(others)
        states.append(State(port.name, fitting[0].name, tuple(side or 1 for side in port.sides)))
    return tuple(states)


def _require_fixed_others(inspection: Inspection, picture_name: str) -> None:
    """Raise ``ShelfError`` where another input can be no memory: a number, or one of open size."""
    others = [port for port in inspection.inputs if port.name != picture_name]
    if any(len(port.sides) < 2 or None in port.sides for port in others):
        raise _unknown_inputs(others)


def _unknown_inputs(others: Sequence[Port]) -> ShelfError:
    return ShelfError(
        "this model is not taken",
        f"nobody knows what to feed to {', '.join(str(each) for each in others)}",
        "if it is of a known kind, say so with --like ID (`selfieseg models list`); else export it with the "
        "picture as its only input",
    )


def _picture_port(ports: Sequence[Port], wishes: Wishes) -> tuple[Port, Layout]:
    """Return the input for pictures with its layout."""
    if wishes.input is not None:
        ports = [port for port in ports if port.name == wishes.input]
    found = [(port, layout) for port in ports if (layout := _layout(port, wishes)) is not None]
    if not found:
        there = ", ".join(str(port) for port in ports) or "nothing of the name that you gave"
        raise ShelfError(
            "this model is not taken",
            f"it has no input for pictures, but {there}",
            "use a model that takes one picture of three colours",
        )
    if len(found) > 1:
        raise ShelfError(
            "this model is not taken",
            f"it has several inputs that could be the picture: {', '.join(str(port) for port, _ in found)}",
            "name the right one with --input, or a model of the same kind with --like",
        )
    return found[0]


def _layout(port: Port, wishes: Wishes) -> Layout | None:
    """Return where the colours are; None for what is no picture."""
    if len(port.sides) != 4:
        return None
    layouts: tuple[Layout, ...] = ("NCHW", "NHWC") if wishes.layout is None else (wishes.layout,)
    for channels in (_COLOURS, _COLOURS_AND_MASK):
        for layout in layouts:
            if port.sides[_channel_axis(layout)] == channels:
                return layout
    return None


def _rows_and_columns(port: Port, layout: Layout) -> tuple[int | None, int | None]:
    return (port.sides[1], port.sides[2]) if layout == "NHWC" else (port.sides[2], port.sides[3])


def _channel_axis(layout: Layout) -> int:
    return 3 if layout == "NHWC" else 1
