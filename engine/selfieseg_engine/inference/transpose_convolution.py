"""Teaches OpenVINO's TFLite reader MediaPipe's own operation ``Convolution2DTransposeBias``.

It is a transposed convolution with stride 2 and TensorFlow's SAME padding, with the bias added in the
same operation. Inputs: x NHWC, weights OHWI, bias O. OpenVINO convolves in NCHW.
"""

from __future__ import annotations

from typing import Any

import openvino.opset13 as ops
from openvino.frontend import ConversionExtension

OPERATION = "Convolution2DTransposeBias"
_STRIDE = 2
_NHWC_TO_NCHW = [0, 3, 1, 2]
_NCHW_TO_NHWC = [0, 2, 3, 1]
_OHWI_TO_IOHW = [3, 0, 1, 2]


def transpose_convolution_with_bias() -> ConversionExtension:
    """Return the extension to hand to ``openvino.convert_model``."""
    return ConversionExtension(OPERATION, _translate)


def _translate(node: Any) -> list[Any]:
    """Build the operation out of OpenVINO's own. ``node`` is the reader's ``NodeContext``."""
    x_nhwc, weights_ohwi, bias = (node.get_input(index) for index in range(3))
    _, kernel_height, kernel_width, _ = (int(side.get_length()) for side in weights_ohwi.get_partial_shape())
    # SAME makes the output exactly stride times the input; the surplus of the kernel is cut at the end.
    surplus = [max(kernel_height - _STRIDE, 0), max(kernel_width - _STRIDE, 0)]
    convolved = ops.convolution_backprop_data(
        ops.transpose(x_nhwc, ops.constant(_NHWC_TO_NCHW)),
        ops.transpose(weights_ohwi, ops.constant(_OHWI_TO_IOHW)),
        strides=[_STRIDE, _STRIDE],
        pads_begin=[0, 0],
        pads_end=surplus,
    )
    result = ops.add(ops.transpose(convolved, ops.constant(_NCHW_TO_NHWC)), bias)
    return list(result.outputs())
