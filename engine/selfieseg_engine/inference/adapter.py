"""From a model as it was published to one that all others look like. Any thread.

What differs between models is data (the manifest) and the few graph functions named here; nothing of it is
done in Python per frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import openvino as ov
import openvino.opset13 as ops

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.memory import fix, keep, keep_mask
from selfieseg_engine.inference.pixels import embed_pixels
from selfieseg_engine.inference.ports import find_answer, find_input, fix_sizes, name_ports
from selfieseg_engine.inference.probabilities import channel, person, probabilities
from selfieseg_engine.inference.repairs import repair
from selfieseg_engine.registry.manifest import PERSON, Manifest

_PREVIOUS_MASK = "previous_mask"


@dataclass(frozen=True)
class AdaptedModel:
    """A model's parts, ready for outputs of any kind.

    Attributes:
        pixels: the parameter for the picture, in the layout and the colours of the manifest.
        probability: what it answers, 1xCxHxW f32.
        sinks: what stores its memory.
    """

    manifest: Manifest
    pixels: Any
    probability: Any
    sinks: list[Any]

    def graph(self, outputs: list[Any]) -> Any:
        """Return the model that takes u8 pixels (``embed_pixels``) and answers these nodes; it is used up."""
        pixels = embed_pixels(self.pixels, self.manifest.input)
        graph = ov.Model([ops.result(node) for node in outputs], self.sinks, [pixels], self.manifest.id)
        name_ports(graph)
        return graph


def adapt(model: Any, manifest: Manifest) -> AdaptedModel:
    """Take a model apart as its manifest says; ``model`` is used up.

    Raises:
        InferenceError: the model is not what its manifest says.
    """
    repair(model, manifest.repairs)
    fix_sizes(model, manifest)
    pixels = find_input(model, manifest.input.name, manifest)
    answer = find_answer(model, manifest.output.name, manifest)
    if answer.get_partial_shape().is_dynamic:
        raise InferenceError(
            f"the answer of the model {manifest.id} has no fixed size",
            f"it is {answer.get_partial_shape()}",
            "export the model with fixed sizes",
        )
    probability = probabilities(answer, manifest)
    sinks = []
    for constant in manifest.constants:
        fix(find_input(model, constant.input, manifest), constant.values)
    for state in manifest.states:
        parameter = find_input(model, state.input, manifest)
        sinks.append(
            keep(parameter, find_answer(model, state.output, manifest), list(state.shape), state.input)
        )
    if manifest.input.previous_mask is not None:
        mask = _mask_to_keep(probability, manifest)
        pixels, sink = keep_mask(pixels, mask, manifest.input.layout, _PREVIOUS_MASK)
        sinks.append(sink)
    return AdaptedModel(manifest, pixels, probability, sinks)


def _mask_to_keep(probability: Any, manifest: Manifest) -> Any:
    facts, output = manifest.input, manifest.output
    _, _, height, width = (int(side.get_length()) for side in probability.get_partial_shape())
    if (height, width) != (facts.height, facts.width):
        raise InferenceError(
            f"the model {manifest.id} cannot be fed its own mask",
            f"its masks are {width}x{height} and its input is {facts.width}x{facts.height}",
            "take previous_mask out of the manifest",
        )
    if facts.previous_mask == PERSON:
        return person(probability, output)
    return channel(probability, output.classes.index(str(facts.previous_mask)))
