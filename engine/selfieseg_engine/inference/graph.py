"""Builds pre- and post-processing of mattes into the model's own graph, so that Python touches no pixel.

Any thread; a graph belongs to the thread that builds it.
"""

from __future__ import annotations

from typing import Any, Literal

import openvino as ov
from openvino.preprocess import PrePostProcessor

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.pixels import PixelFormat, embed_pixels
from selfieseg_engine.inference.probabilities import person, probabilities, to_nhwc, to_u8
from selfieseg_engine.inference.signature import check_signature
from selfieseg_engine.registry.manifest import Manifest

OutputKind = Literal["f32", "u8"]


def embed_processing(model: Any, manifest: Manifest, pixel_format: PixelFormat, output: OutputKind) -> Any:
    """Return the model with u8 NHWC pixels in ``pixel_format`` as input and one person mask as output.

    The mask is 1xHxWx1: the probability (f32) or ``round(probability * 255)`` (u8, halves to even).

    Raises:
        InferenceError: the model's inputs or outputs are not those of the manifest, or none is a person.
    """
    check_signature(model, manifest)
    facts = manifest.output
    if not facts.person or manifest.input.previous_mask is not None:
        raise InferenceError(
            f"the model {manifest.id} gives no mattes", "it is a class model", "choose a matte model"
        )
    processor = PrePostProcessor(model)
    embed_pixels(processor.input(), manifest.input, pixel_format)
    mask = processor.output()
    mask.postprocess().custom(lambda node: to_nhwc(person(probabilities(node, facts), facts)))
    if output == "u8":
        mask.postprocess().custom(to_u8)
        mask.tensor().set_element_type(ov.Type.u8)
    return processor.build()
