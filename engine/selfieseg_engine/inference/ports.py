"""Which of a model's inputs and outputs are those of its manifest, and what ours are called. Any thread."""

from __future__ import annotations

from typing import Any

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.registry.manifest import Manifest

_COLOURS = 3


def fix_sizes(model: Any, manifest: Manifest) -> None:
    """Give every input the size that the manifest says; exporters often leave sizes open.

    Raises:
        InferenceError: the model has no such inputs, or they cannot have that size.
    """
    wanted = {_find(model.inputs, manifest.input.name, manifest): input_shape(manifest)}
    for state in manifest.states:
        wanted[_find(model.inputs, state.input, manifest)] = list(state.shape)
    for constant in manifest.constants:
        wanted[_find(model.inputs, constant.input, manifest)] = [len(constant.values)]
    if len(wanted) != len(model.inputs):
        raise _differs(model, manifest)
    if any(str(port.get_partial_shape()) != str(_as_text(shape)) for port, shape in wanted.items()):
        try:
            model.reshape(wanted)
        except RuntimeError as error:
            raise _differs(model, manifest) from error


def input_shape(manifest: Manifest) -> list[int]:
    """Return the shape of the input for pictures: its colours, and the mask of the frame before."""
    facts = manifest.input
    channels = _COLOURS if facts.previous_mask is None else _COLOURS + 1
    sides = [facts.height, facts.width]
    return [1, *sides, channels] if facts.layout == "NHWC" else [1, channels, *sides]


def find_input(model: Any, name: str, manifest: Manifest) -> Any:
    """Return the node of an input; the only one whatever its name. Raises ``InferenceError``."""
    return _find(model.inputs, name, manifest).get_node()


def find_answer(model: Any, name: str, manifest: Manifest) -> Any:
    """Return what goes to an output; to the only one whatever its name. Raises ``InferenceError``."""
    return _find(model.outputs, name, manifest).get_node().input_value(0)


def name_ports(graph: Any) -> None:
    """Name a graph's inputs and outputs by their places.

    OpenVINO numbers those without a name through the whole process, and takes what it compiled before only
    where they are called the same: without this a model would be compiled, and kept, once more for each
    number of things that were made before it.
    """
    for kind, ports in (("input", graph.inputs), ("output", graph.outputs)):
        for place, port in enumerate(ports):
            port.get_tensor().set_names({f"{kind} {place}"})


def _find(ports: list[Any], name: str, manifest: Manifest) -> Any:
    if len(ports) == 1:
        return ports[0]
    for port in ports:
        if name in port.get_names():
            return port
    there = ", ".join(sorted("/".join(port.get_names()) or "(no name)" for port in ports))
    raise InferenceError(
        f"the model {manifest.id} is not what its manifest says",
        f"it has no {name!r}, only {there}",
        "correct the names in the manifest",
    )


def _as_text(shape: list[int]) -> str:
    return f"[{','.join(str(side) for side in shape)}]"


def _differs(model: Any, manifest: Manifest) -> InferenceError:
    inputs = [str(port.get_partial_shape()) for port in model.inputs]
    return InferenceError(
        f"the model {manifest.id} is not what its manifest says",
        f"it has inputs {inputs} instead of {_as_text(input_shape(manifest))} "
        f"and {len(manifest.states) + len(manifest.constants)} others",
        "correct [input], [[states]] and [[constants]] in the manifest",
    )
