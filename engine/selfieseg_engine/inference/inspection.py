"""What a model file holds, for whoever has to write its manifest. Any thread; blocks for seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.convert import EXTENSIONS, read_published
from selfieseg_engine.inference.failure import reason_of
from selfieseg_engine.inference.ir_archive import readable_model

Ending = Literal["softmax", "sigmoid", "other"]

# Nodes between what makes the values and the model's end that leave them as they are.
_HARMLESS = ("Reshape", "Transpose", "Convert", "Squeeze", "Unsqueeze", "FakeQuantize")
_ENDINGS: dict[str, Ending] = {"Softmax": "softmax", "Sigmoid": "sigmoid"}
_NAMELESS = "(no name)"


@dataclass(frozen=True)
class Port:
    """One input or output.

    Attributes:
        name: the one that manifests know it by.
        sides: its shape; None for a side that the file leaves open. Empty for a single number.
        dtype: as in ``f32``, ``f16``, ``u8``, ``i8``, ``i64``.
    """

    name: str
    sides: tuple[int | None, ...]
    dtype: str

    def __str__(self) -> str:
        """Return name, shape and type."""
        shape = "x".join("?" if side is None else str(side) for side in self.sides) or "one number"
        return f"{self.name} ({shape} {self.dtype})"


@dataclass(frozen=True)
class OutputPort(Port):
    """One output. ``ending`` is what makes its values."""

    ending: Ending = "other"

    __str__ = Port.__str__


@dataclass(frozen=True)
class Inspection:
    """A model's ends, in the order of the file, and the ``extensions`` that reading it takes."""

    inputs: tuple[Port, ...]
    outputs: tuple[OutputPort, ...]
    extensions: tuple[str, ...]


def inspect_model(weights: Path, sizes: Mapping[str, tuple[int, ...]] | None = None) -> Inspection:
    """Read a model file and tell what it takes and answers.

    Args:
        weights: ``.onnx``, ``.tflite``, ``.xml`` with its ``.bin``, or an archive of these two.
        sizes: shapes to give to inputs first, by name; what depends on an open side is open, too.

    Raises:
        InferenceError: OpenVINO cannot read it, or it does not take these sizes.
        OSError: the file cannot be read.
    """
    extensions = extensions_of(weights)
    with readable_model(weights) as path:
        model = read_published(path, extensions)
        if sizes:
            _reshape(model, sizes)
        return Inspection(
            tuple(_port(each) for each in model.inputs),
            tuple(_output_port(each) for each in model.outputs),
            extensions,
        )


def extensions_of(weights: Path) -> tuple[str, ...]:
    """Return the conversion extensions whose operations the file names. Raises ``OSError``."""
    content = weights.read_bytes() if weights.suffix.lower() == ".tflite" else b""
    return tuple(sorted(name for name in EXTENSIONS if name.encode() in content))


def _reshape(model: Any, sizes: Mapping[str, tuple[int, ...]]) -> None:
    wanted = {port: list(sizes[_name(port)]) for port in model.inputs if _name(port) in sizes}
    try:
        model.reshape(wanted)
    except RuntimeError as error:
        shapes = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in sizes.items())
        raise InferenceError(
            f"the model does not take {shapes}", reason_of(error), "give it another width and height"
        ) from error


def _port(port: Any) -> Port:
    return Port(_name(port), _sides(port), str(port.get_element_type().get_type_name()))


def _output_port(port: Any) -> OutputPort:
    plain = _port(port)
    return OutputPort(plain.name, plain.sides, plain.dtype, _ending(port))


def _name(port: Any) -> str:
    return min(port.get_names(), default=_NAMELESS)


def _sides(port: Any) -> tuple[int | None, ...]:
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic:
        return ()
    return tuple(int(side.get_length()) if side.is_static else None for side in shape)


def _ending(port: Any) -> Ending:
    node = port.get_node().input_value(0).get_node()
    while node.get_type_name() in _HARMLESS:
        node = node.input_value(0).get_node()
    return _ENDINGS.get(node.get_type_name(), "other")
