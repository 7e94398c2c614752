"""Nodes that turn what a model answers into probabilities. Pure graph building; any thread.

Work over a handful of channels is several times faster in NCHW, so that is the layout of everything here
until ``to_nhwc``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.layouts import NCHW_TO_NHWC, NHWC_TO_NCHW
from selfieseg_engine.registry.manifest import Manifest, ModelOutput

CHANNEL_AXIS = 1
_U8_MAX = 255.0
# What a converter may put between a softmax and the model's end without touching the values.
_HARMLESS = ("Reshape", "Transpose", "Convert", "Squeeze", "Unsqueeze")


def probabilities(answer: Any, manifest: Manifest) -> Any:
    """Return the 1xCxHxW f32 probabilities of a model's answer.

    Logits get a softmax over the channels (a sigmoid where there is only one), unless the model ends in one
    already: two would flatten every map, and published files differ in this.

    Raises:
        InferenceError: the answer has another shape than the manifest says.
    """
    facts = manifest.output
    answer_nchw = _in_nchw(answer, manifest)
    if facts.meaning == "class-index":
        return _one_hot(answer_nchw, facts.channels)
    value = ops.convert(answer_nchw, "f32").output(0)
    if (facts.zero, facts.one) != (0.0, 1.0):
        shifted = ops.subtract(value, _number(facts.zero))
        value = ops.multiply(shifted, _number(1 / (facts.one - facts.zero))).output(0)
    if facts.meaning == "probability":
        return value
    if facts.channels == 1:
        return value if _ends_in(answer, "Sigmoid") else ops.sigmoid(value).output(0)
    return value if _ends_in(answer, "Softmax") else ops.softmax(value, CHANNEL_AXIS).output(0)


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
    return ops.transpose(node, ops.constant(NCHW_TO_NHWC)).output(0)


def _in_nchw(answer: Any, manifest: Manifest) -> Any:
    facts = manifest.output
    shape = [int(side) for side in answer.get_partial_shape().to_shape()]
    channels = 1 if facts.meaning == "class-index" else facts.channels
    if facts.layout == "NHWC" and len(shape) == 4 and shape[3] == channels:
        return ops.transpose(answer, ops.constant(NHWC_TO_NCHW)).output(0)
    if facts.layout == "NCHW" and len(shape) == 4 and shape[1] == channels:
        return answer
    if facts.layout == "NHW" and len(shape) == 3:
        return ops.reshape(answer, ops.constant([1, 1, *shape[1:]]), special_zero=False).output(0)
    rows, columns = manifest.input.height, manifest.input.width
    if facts.layout == "flat" and np.prod(shape) == rows * columns:
        return ops.reshape(answer, ops.constant([1, 1, rows, columns]), special_zero=False).output(0)
    raise InferenceError(
        f"the model {manifest.id} is not what its manifest says",
        f"its answer is {shape} instead of {facts.layout} with {channels} channel(s)",
        "correct [output] in the manifest",
    )


def _one_hot(indices: Any, channels: int) -> Any:
    wanted = ops.constant(np.arange(channels, dtype=np.int64).reshape(1, channels, 1, 1))
    return ops.convert(ops.equal(ops.convert(indices, "i64"), wanted), "f32").output(0)


def _number(value: float) -> Any:
    return ops.constant(np.array(value, np.float32))


def _ends_in(answer: Any, operation: str) -> bool:
    node = answer.get_node()
    while node.get_type_name() in _HARMLESS:
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == operation)
