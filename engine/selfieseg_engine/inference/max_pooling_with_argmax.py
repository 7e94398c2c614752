"""Teaches OpenVINO's TFLite reader MediaPipe's ``MaxPoolingWithArgmax2D`` and ``MaxUnpooling2D``.

The first halves an NHWC picture by the maximum of each 2x2 window and says where each maximum was; the
second puts values back to those places of a picture of twice the size, zero elsewhere.

Nobody else reads the places, so they are as we like: 0…3, the corner of the window, the first of equals.
They are built from plain comparisons: OpenVINO's own pooling with indices runs unoptimised on the CPU,
and took two thirds of the hair model's time. As f32, which the file declares, they are exact on any device.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino.opset13 as ops
from openvino.frontend import ConversionExtension

POOLING = "MaxPoolingWithArgmax2D"
UNPOOLING = "MaxUnpooling2D"
_WINDOW = 2
_CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
_ROWS, _COLUMNS, _CHANNELS = 1, 2, 3


def max_pooling_with_argmax() -> ConversionExtension:
    """Return the extension to hand to ``openvino.convert_model``."""
    return ConversionExtension(POOLING, _translate_pooling)


def max_unpooling() -> ConversionExtension:
    """Return the extension to hand to ``openvino.convert_model``."""
    return ConversionExtension(UNPOOLING, _translate_unpooling)


def _translate_pooling(node: Any) -> list[Any]:
    """Build the operation out of OpenVINO's own. ``node`` is the reader's ``NodeContext``."""
    picture = node.get_input(0)
    _, height, width, _ = (int(side.get_length()) for side in picture.get_partial_shape())
    corners = [
        ops.slice(picture, [row, column], [height, width], [_WINDOW, _WINDOW], [_ROWS, _COLUMNS])
        for row, column in _CORNERS
    ]
    maximum = ops.maximum(ops.maximum(corners[0], corners[1]), ops.maximum(corners[2], corners[3]))
    place: Any = _number(len(corners) - 1)
    for index in reversed(range(len(corners) - 1)):
        place = ops.select(ops.equal(corners[index], maximum), _number(index), place)
    return [maximum.output(0), place.output(0)]


def _translate_unpooling(node: Any) -> list[Any]:
    """Build the operation out of OpenVINO's own. ``node`` is the reader's ``NodeContext``."""
    values, places = node.get_input(0), node.get_input(1)
    _, height, width, channels = (int(side.get_length()) for side in values.get_partial_shape())
    corners = [
        ops.select(ops.equal(places, _number(index)), values, _number(0)) for index in range(len(_CORNERS))
    ]
    # Neighbours in memory become neighbours in the picture: first in each row, then row by row.
    wide = ops.constant([1, height, width * _WINDOW, channels])
    rows = [
        ops.reshape(ops.concat(corners[first : first + _WINDOW], _CHANNELS), wide, special_zero=False)
        for first in (0, _WINDOW)
    ]
    whole = ops.constant([1, height * _WINDOW, width * _WINDOW, channels])
    return list(ops.reshape(ops.concat(rows, _COLUMNS), whole, special_zero=False).outputs())


def _number(value: float) -> Any:
    return ops.constant(np.array(value, np.float32))
