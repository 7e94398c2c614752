"""Teaches OpenVINO's TFLite reader MediaPipe's ``MaxPoolingWithArgmax2D`` and ``MaxUnpooling2D``.

The first halves a picture by the maximum of each 2x2 window and says where each maximum was; the second
puts values back to those places of a picture of twice the size, zero elsewhere. Pictures are NHWC, OpenVINO
pools in NCHW. Nobody else reads the places, so they are OpenVINO's own: flat indices into one channel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino.opset13 as ops
from openvino.frontend import ConversionExtension

POOLING = "MaxPoolingWithArgmax2D"
UNPOOLING = "MaxUnpooling2D"
_WINDOW = 2
_NHWC_TO_NCHW = [0, 3, 1, 2]
_NCHW_TO_NHWC = [0, 2, 3, 1]
_FIRST_SPATIAL_AXIS = 2


def max_pooling_with_argmax() -> ConversionExtension:
    """Return the extension to hand to ``openvino.convert_model``."""
    return ConversionExtension(POOLING, _translate_pooling)


def max_unpooling() -> ConversionExtension:
    """Return the extension to hand to ``openvino.convert_model``."""
    return ConversionExtension(UNPOOLING, _translate_unpooling)


def _translate_pooling(node: Any) -> list[Any]:
    """Build the operation out of OpenVINO's own. ``node`` is the reader's ``NodeContext``."""
    window = [_WINDOW, _WINDOW]
    pooled = ops.max_pool(
        _transposed(node.get_input(0), _NHWC_TO_NCHW),
        window,
        dilations=[1, 1],
        pads_begin=[0, 0],
        pads_end=[0, 0],
        kernel_shape=window,
        auto_pad="same_upper",
        index_element_type="i32",
        axis=_FIRST_SPATIAL_AXIS,
    )
    places = _transposed(pooled.output(1), _NCHW_TO_NHWC)
    # The file declares the places as f32, and the reader insists.
    return [
        _transposed(pooled.output(0), _NCHW_TO_NHWC).output(0),
        ops.convert(places, "f32").output(0),
    ]


def _translate_unpooling(node: Any) -> list[Any]:
    """Build the operation out of OpenVINO's own. ``node`` is the reader's ``NodeContext``."""
    values_nchw = _transposed(node.get_input(0), _NHWC_TO_NCHW)
    places_nchw = _transposed(_without_conversion(node.get_input(1)), _NHWC_TO_NCHW)
    batch, channels, height, width = (int(side.get_length()) for side in values_nchw.output(0).partial_shape)
    flat = ops.constant([batch, channels, height * width])
    wide = [batch, channels, height * _WINDOW, width * _WINDOW]
    zeros = ops.broadcast(
        ops.constant(np.zeros((), np.float32)), ops.constant([batch, channels, wide[2] * wide[3]])
    )
    scattered = ops.scatter_elements_update(
        zeros,
        ops.reshape(places_nchw, flat, special_zero=False),
        ops.reshape(values_nchw, flat, special_zero=False),
        ops.constant(2),
    )
    unpooled = ops.reshape(scattered, ops.constant(wide), special_zero=False)
    return list(_transposed(unpooled, _NCHW_TO_NHWC).outputs())


def _without_conversion(places: Any) -> Any:
    """Return the whole numbers behind the f32 that the file declares: in f16, on a GPU, they were rounded."""
    origin = places.get_node()
    return origin.input_value(0) if origin.get_type_name() == "Convert" else ops.convert(places, "i32")


def _transposed(picture: Any, order: list[int]) -> Any:
    return ops.transpose(picture, ops.constant(order))
