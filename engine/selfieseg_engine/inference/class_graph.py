"""Builds pre- and post-processing of class models into the model's own graph, recurrence and all.

Any thread; a graph belongs to the thread that builds it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from openvino.preprocess import PrePostProcessor

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.pixels import PixelFormat, embed_pixels
from selfieseg_engine.inference.probabilities import (
    CHANNEL_AXIS,
    channel,
    person,
    probabilities,
    to_nhwc,
    to_u8,
)
from selfieseg_engine.inference.signature import check_signature
from selfieseg_engine.registry.manifest import ClassName, Manifest

PLANE_CLASSES: tuple[ClassName, ...] = ("hair", "body-skin", "face-skin", "clothes")
MAX_PLANE_SIDE = 512
PLANES, CLASS_MAP, PERSON = range(3)

_PREVIOUS_MASK = "previous_mask"


def embed_class_processing(model: Any, manifest: Manifest, pixel_format: PixelFormat) -> Any:
    """Return the model with u8 NHWC pixels in ``pixel_format`` as input and these outputs, in order.

    ``PLANES``: u8 1xHxWx4, ``round(probability * 255)`` of ``PLANE_CLASSES``; a class that the model does not
    know is 0. ``CLASS_MAP``: u8 1xHxWx1, the index of the likeliest class. ``PERSON``: f32 1xHxWx1, the
    probability of the person; only where the model gives one.

    A previous mask is kept between the calls of one request, as the state of an OpenVINO variable.

    Raises:
        InferenceError: the model's inputs or outputs are not those of the manifest, or it has no classes.
    """
    check_signature(model, manifest)
    _check_sides(model, manifest)
    facts = manifest.output
    (parameter,) = model.get_parameters()
    probability = probabilities(model.outputs[0].get_node().input_value(0), facts)
    sinks: list[Any] = []
    if manifest.input.previous_mask is not None:
        mask = channel(probability, facts.classes.index(manifest.input.previous_mask))
        parameter, sink = _keep_previous_mask(parameter, to_nhwc(mask))
        sinks.append(sink)
    results = [_planes(probability, facts.classes), _class_map(probability)]
    if facts.person:
        results.append(person(probability, facts))
    graph = ov.Model([ops.result(to_nhwc(node)) for node in results], sinks, [parameter], manifest.id)
    processor = PrePostProcessor(graph)
    embed_pixels(processor.input(), manifest.input, pixel_format)
    return processor.build()


def _planes(probability: Any, classes: tuple[ClassName, ...]) -> Any:
    nothing = ops.multiply(channel(probability, 0), ops.constant(np.zeros((), np.float32)))
    with_nothing = ops.concat([probability, nothing], CHANNEL_AXIS)
    chosen = [classes.index(name) if name in classes else len(classes) for name in PLANE_CLASSES]
    return to_u8(ops.gather(with_nothing, ops.constant(chosen), ops.constant(CHANNEL_AXIS)))


def _class_map(probability: Any) -> Any:
    best = ops.topk(probability, ops.constant(1), CHANNEL_AXIS, "max", "none", "i32")
    return ops.convert(best.output(1), "u8").output(0)


def _keep_previous_mask(parameter: Any, mask: Any) -> tuple[Any, Any]:
    """Return a parameter of the colours alone, and the sink that stores ``mask`` for the next call."""
    shape = [int(side.get_length()) for side in parameter.get_partial_shape()]
    colours = ops.parameter([*shape[:-1], shape[-1] - 1], ov.Type.f32, "colours")
    mask_shape = [*shape[:-1], 1]
    empty = ops.constant(np.zeros(mask_shape, np.float32))
    previous = ops.read_value(empty, _PREVIOUS_MASK, ov.Type.f32, ov.PartialShape(mask_shape))
    both = ops.concat([colours, previous], -1)
    for target in parameter.output(0).get_target_inputs():
        target.replace_source_output(both.output(0))
    return colours, ops.assign(mask.get_node(), _PREVIOUS_MASK)


def _check_sides(model: Any, manifest: Manifest) -> None:
    facts = manifest.input
    _, height, width, _ = (int(side.get_length()) for side in model.outputs[0].get_partial_shape())
    if not manifest.output.classes:
        raise InferenceError(
            f"the model {manifest.id} gives no classes", "it is a matte model", "choose a class model"
        )
    if max(height, width) > MAX_PLANE_SIDE:
        raise InferenceError(
            f"the class maps of {manifest.id} are too large",
            f"they are {width}x{height} and may be {MAX_PLANE_SIDE}x{MAX_PLANE_SIDE}",
            "choose another class model",
        )
    if facts.previous_mask is not None and (height, width) != (facts.height, facts.width):
        raise InferenceError(
            f"the model {manifest.id} cannot be fed its own mask",
            f"its masks are {width}x{height} and its input is {facts.width}x{facts.height}",
            "take previous_mask out of the manifest",
        )
