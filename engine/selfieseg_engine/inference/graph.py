"""Builds pre- and post-processing into the model's own graph, so that Python touches no pixel.

Any thread; a graph belongs to the thread that builds it.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import openvino as ov
import openvino.opset13 as ops
from openvino.preprocess import ColorFormat, PrePostProcessor

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.registry.manifest import Manifest

PixelFormat = Literal["BGR", "RGBX"]
OutputKind = Literal["f32", "u8"]
PIXEL_FORMATS: tuple[str, ...] = get_args(PixelFormat)
OUTPUT_KINDS: tuple[str, ...] = get_args(OutputKind)

_COLOUR_FORMATS = {"BGR": ColorFormat.BGR, "RGB": ColorFormat.RGB, "RGBX": ColorFormat.RGBX}
_U8_MAX = 255.0


def embed_processing(model: Any, manifest: Manifest, pixel_format: PixelFormat, output: OutputKind) -> Any:
    """Return the model with u8 NHWC pixels in ``pixel_format`` as input and one person mask as output.

    The mask is 1xHxWx1: the probability (f32) or ``round(probability * 255)`` (u8, halves to even).

    Raises:
        InferenceError: the model's inputs or outputs are not those of the manifest.
    """
    _check_signature(model, manifest)
    facts = manifest.input
    processor = PrePostProcessor(model)
    pixels = processor.input()
    pixels.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    pixels.tensor().set_color_format(_COLOUR_FORMATS[pixel_format])
    pixels.model().set_layout(ov.Layout(facts.layout))
    steps = pixels.preprocess()
    steps.convert_color(_COLOUR_FORMATS[facts.colour]).convert_element_type(ov.Type.f32)
    steps.mean(list(facts.mean)).scale(list(facts.scale))
    mask = processor.output()
    if manifest.output.channels > 1:
        person = manifest.output.person
        mask.postprocess().custom(lambda node: _channel(node, person))
    if output == "u8":
        mask.postprocess().custom(_probability_to_u8)
        mask.tensor().set_element_type(ov.Type.u8)
    return processor.build()


def _channel(node: Any, index: int) -> Any:
    return ops.slice(node, [index], [index + 1], [1], [3]).output(0)


def _probability_to_u8(node: Any) -> Any:
    levels = ops.round(ops.multiply(node, ops.constant(_U8_MAX, ov.Type.f32)), "half_to_even")
    # A probability may leave [0, 1] by rounding errors, and u8 would wrap.
    return ops.convert(ops.clamp(levels, 0.0, _U8_MAX), "u8").output(0)


def _check_signature(model: Any, manifest: Manifest) -> None:
    facts = manifest.input
    expected = (
        f"one input [1,{facts.height},{facts.width},3] and one output [1,H,W,{manifest.output.channels}]"
    )
    inputs = [str(port.get_partial_shape()) for port in model.inputs]
    outputs = [port.get_partial_shape() for port in model.outputs]
    if (
        inputs != [f"[1,{facts.height},{facts.width},3]"]
        or len(outputs) != 1
        or outputs[0].is_dynamic
        or len(outputs[0]) != 4
        or outputs[0][3].get_length() != manifest.output.channels
    ):
        raise InferenceError(
            f"the model {manifest.id} is not what its manifest says",
            f"it has inputs {inputs} and outputs {[str(shape) for shape in outputs]} instead of {expected}",
            "correct [input] and [output] in the manifest",
        )
