"""Builds pre- and post-processing of mattes into the model's own graph, so that Python touches no pixel.

Any thread; a graph belongs to the thread that builds it.
"""

from __future__ import annotations

from typing import Any, Literal

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.adapter import adapt
from selfieseg_engine.inference.probabilities import person, to_nhwc, to_u8
from selfieseg_engine.registry.manifest import Manifest

OutputKind = Literal["f32", "u8"]


def embed_processing(model: Any, manifest: Manifest, output: OutputKind) -> Any:
    """Return the model with u8 pixels (``embed_pixels``) as input and one person mask as output.

    The mask is 1xHxWx1: the probability (f32) or ``round(probability * 255)`` (u8, halves to even). What the
    model keeps of the frames before is kept between the calls of one request.

    Raises:
        InferenceError: the model's inputs or outputs are not those of the manifest, or none is a person.
    """
    if not manifest.output.person:
        raise InferenceError(
            f"the model {manifest.id} gives no mattes", "it is a class model", "choose a matte model"
        )
    adapted = adapt(model, manifest)
    mask = to_nhwc(person(adapted.probability, manifest.output))
    return adapted.graph([to_u8(mask) if output == "u8" else mask])
