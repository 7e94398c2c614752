"""Nodes that turn what a model answers into probabilities. Pure graph building; any thread.

Models answer NHWC. Work over a handful of channels is several times faster in NCHW, so that is the layout of
everything here until ``to_nhwc``.
"""

from __future__ import annotations

from typing import Any

import openvino as ov
import openvino.opset13 as ops

from selfieseg_engine.registry.manifest import ModelOutput

CHANNEL_AXIS = 1
_U8_MAX = 255.0
_NHWC_TO_NCHW = [0, 3, 1, 2]
_NCHW_TO_NHWC = [0, 2, 3, 1]
# What a converter may put between a softmax and the model's end without touching the values.
_HARMLESS = ("Reshape", "Transpose", "Convert", "Squeeze", "Unsqueeze")


def probabilities(answer_nhwc: Any, facts: ModelOutput) -> Any:
    """Return the NCHW f32 probabilities of a model's NHWC answer.

    Logits get a softmax over the channels, unless the model ends in one already: two would flatten every
    map, and published files differ in this.
    """
    answer = ops.transpose(answer_nhwc, ops.constant(_NHWC_TO_NCHW)).output(0)
    if facts.meaning == "probability" or _ends_in_softmax(answer_nhwc):
        return answer
    return ops.softmax(answer, CHANNEL_AXIS).output(0)


def channel(probability: Any, index: int) -> Any:
    """Return one channel, Nx1xHxW."""
    return ops.slice(probability, [index], [index + 1], [1], [CHANNEL_AXIS]).output(0)


def person(probability: Any, facts: ModelOutput) -> Any:
    """Return the Nx1xHxW probability of the person: the channels that the manifest names, added."""
    chosen = channel(probability, facts.person[0])
    for index in facts.person[1:]:
        chosen = ops.add(chosen, channel(probability, index)).output(0)
    return chosen


def to_u8(probability: Any) -> Any:
    """Return ``round(probability * 255)`` as u8, halves to even."""
    levels = ops.round(ops.multiply(probability, ops.constant(_U8_MAX, ov.Type.f32)), "half_to_even")
    # A probability may leave [0, 1] by rounding errors, and u8 would wrap.
    return ops.convert(ops.clamp(levels, 0.0, _U8_MAX), "u8").output(0)


def to_nhwc(node: Any) -> Any:
    """Return the node in the layout of numpy's pictures."""
    return ops.transpose(node, ops.constant(_NCHW_TO_NHWC)).output(0)


def _ends_in_softmax(answer: Any) -> bool:
    node = answer.get_node()
    while node.get_type_name() in _HARMLESS:
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == "Softmax")
