"""How u8 pixels become what a model eats, inside its graph. Any thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops

from selfieseg_engine.inference.layouts import NHWC_TO_NCHW
from selfieseg_engine.inference.rewiring import replace_node
from selfieseg_engine.registry.manifest import ModelInput

_COLOURS = 3


def embed_pixels(parameter: Any, facts: ModelInput) -> Any:
    """Let a parameter for three channels of real values take u8 pixels; return the new parameter.

    That is 1xHx(W * 3), rows of pixels in the order of ``facts.colour``. Were it 1xHxWx3, OpenVINO would
    bring the bytes into planes first, and back for the first convolution: as rows they stay where they are.
    """
    rows = ops.parameter([1, facts.height, facts.width * _COLOURS], ov.Type.u8, "pixels")
    values = ops.divide(
        ops.subtract(ops.convert(rows, "f32"), _row(facts.mean, facts.width)), _row(facts.scale, facts.width)
    )
    picture = ops.reshape(values, ops.constant([1, facts.height, facts.width, _COLOURS]), special_zero=False)
    if facts.layout == "NCHW":
        picture = ops.transpose(picture, ops.constant(NHWC_TO_NCHW))
    if facts.dtype != "f32":
        picture = ops.convert(picture, facts.dtype)
    replace_node(parameter, picture)
    return rows


def _row(per_channel: tuple[float, float, float], width: int) -> Any:
    return ops.constant(np.tile(np.array(per_channel, np.float32), width))
