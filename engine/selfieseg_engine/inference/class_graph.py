"""Builds pre- and post-processing of class models into the model's own graph, recurrence and all.

Any thread; a graph belongs to the thread that builds it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino.opset13 as ops

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.adapter import adapt
from selfieseg_engine.inference.probabilities import (
    CHANNEL_AXIS,
    channel,
    person,
    to_nhwc,
    to_u8,
)
from selfieseg_engine.registry.manifest import Manifest

PLANE_CLASSES = ("hair", "body-skin", "face-skin", "clothes")
MAX_PLANE_SIDE = 512
PLANES, CLASS_MAP, PERSON = range(3)


def embed_class_processing(model: Any, manifest: Manifest) -> Any:
    """Return the model with u8 pixels (``embed_pixels``) as input and these outputs, in order.

    ``PLANES``: u8 1xHxWx4, ``round(probability * 255)`` of ``PLANE_CLASSES``; a class that the model does not
    know is 0. ``CLASS_MAP``: u8 1xHxWx1, the index of the likeliest class. ``PERSON``: f32 1xHxWx1, the
    probability of the person; only where the model gives one.

    A previous mask is kept between the calls of one request, as the state of an OpenVINO variable.

    Raises:
        InferenceError: the model's inputs or outputs are not those of the manifest, or it has no classes.
    """
    facts = manifest.output
    if not facts.classes:
        raise InferenceError(
            f"the model {manifest.id} gives no classes", "it is a matte model", "choose a class model"
        )
    adapted = adapt(model, manifest)
    probability = adapted.probability
    _check_sides(probability, manifest)
    results = [_planes(probability, facts.classes), _class_map(probability)]
    if facts.person:
        results.append(person(probability, facts))
    return adapted.graph([to_nhwc(node) for node in results])


def _planes(probability: Any, classes: tuple[str, ...]) -> Any:
    nothing = ops.multiply(channel(probability, 0), ops.constant(np.zeros((), np.float32)))
    with_nothing = ops.concat([probability, nothing], CHANNEL_AXIS)
    chosen = [classes.index(name) if name in classes else len(classes) for name in PLANE_CLASSES]
    return to_u8(ops.gather(with_nothing, ops.constant(chosen), ops.constant(CHANNEL_AXIS)))


def _class_map(probability: Any) -> Any:
    best = ops.topk(probability, ops.constant(1), CHANNEL_AXIS, "max", "none", "i32")
    return ops.convert(best.output(1), "u8").output(0)


def _check_sides(probability: Any, manifest: Manifest) -> None:
    _, _, height, width = (int(side.get_length()) for side in probability.get_partial_shape())
    if max(height, width) > MAX_PLANE_SIDE:
        raise InferenceError(
            f"the class maps of {manifest.id} are too large",
            f"they are {width}x{height} and may be {MAX_PLANE_SIDE}x{MAX_PLANE_SIDE}",
            "choose another class model",
        )
