"""Whether a model is what its manifest says. Pure; any thread."""

from __future__ import annotations

from typing import Any

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.registry.manifest import Manifest

_COLOURS = 3


def check_signature(model: Any, manifest: Manifest) -> None:
    """Raise ``InferenceError`` unless the model has the one input and the one output of the manifest."""
    facts = manifest.input
    channels = _COLOURS if facts.previous_mask is None else _COLOURS + 1
    wanted_input = f"[1,{facts.height},{facts.width},{channels}]"
    inputs = [str(port.get_partial_shape()) for port in model.inputs]
    outputs = [port.get_partial_shape() for port in model.outputs]
    if (
        inputs != [wanted_input]
        or len(outputs) != 1
        or outputs[0].is_dynamic
        or len(outputs[0]) != 4
        or outputs[0][3].get_length() != manifest.output.channels
    ):
        raise InferenceError(
            f"the model {manifest.id} is not what its manifest says",
            f"it has inputs {inputs} and outputs {[str(shape) for shape in outputs]} instead of "
            f"one input {wanted_input} and one output [1,H,W,{manifest.output.channels}]",
            "correct [input] and [output] in the manifest",
        )
