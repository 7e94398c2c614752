"""Nodes that turn what a model answers into probabilities. Pure graph building; any thread."""

from __future__ import annotations

from typing import Any

import openvino as ov
import openvino.opset13 as ops

from selfieseg_engine.registry.manifest import ModelOutput

_U8_MAX = 255.0
_CHANNEL_AXIS = 3
# What a converter may put between a softmax and the model's end without touching the values.
_HARMLESS = ("Reshape", "Transpose", "Convert", "Squeeze", "Unsqueeze")


def probabilities(answer: Any, facts: ModelOutput) -> Any:
    """Return the f32 probabilities of a model's NHWC answer.

    Logits get a softmax over the channels, unless the model ends in one already: two would flatten every
    map, and published files differ in this.
    """
    if facts.meaning == "probability" or _ends_in_softmax(answer):
        return answer
    return ops.softmax(answer, _CHANNEL_AXIS).output(0)


def person(probability: Any, facts: ModelOutput) -> Any:
    """Return the NxHxWx1 probability of the person: the channels that the manifest names, added."""
    if facts.channels == 1:
        return probability
    chosen = ops.gather(probability, ops.constant(list(facts.person)), ops.constant(_CHANNEL_AXIS))
    if len(facts.person) == 1:
        return chosen.output(0)
    return ops.reduce_sum(chosen, ops.constant([_CHANNEL_AXIS]), keep_dims=True).output(0)


def to_u8(probability: Any) -> Any:
    """Return ``round(probability * 255)`` as u8, halves to even."""
    levels = ops.round(ops.multiply(probability, ops.constant(_U8_MAX, ov.Type.f32)), "half_to_even")
    # A probability may leave [0, 1] by rounding errors, and u8 would wrap.
    return ops.convert(ops.clamp(levels, 0.0, _U8_MAX), "u8").output(0)


def _ends_in_softmax(answer: Any) -> bool:
    node = answer.get_node()
    while node.get_type_name() in _HARMLESS:
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == "Softmax")
