"""Teaches OpenVINO's TFLite reader MediaPipe's own operation ``Convolution2DTransposeBias``.

It is a transposed convolution with stride 2 and TensorFlow's SAME padding, with the bias added in the
same operation. Inputs: x NHWC, weights OHWI, bias O. OpenVINO convolves in NCHW.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import openvino.opset13 as ops
from openvino.frontend import ConversionExtension

from selfieseg_engine.inference.layouts import NCHW_TO_NHWC, NHWC_TO_NCHW

OPERATION = "Convolution2DTransposeBias"
_STRIDE = 2
_MOST_AT_ONCE = 4
_OHWI_TO_IOHW = [3, 0, 1, 2]
_OHWI_TO_HWOI = [1, 2, 0, 3]


def transpose_convolution_with_bias() -> ConversionExtension:
    """Return the extension to hand to ``openvino.convert_model``."""
    return ConversionExtension(OPERATION, _translate)


def _translate(node: Any) -> list[Any]:
    """Build the operation out of OpenVINO's own. ``node`` is the reader's ``NodeContext``."""
    x_nhwc, weights_ohwi, bias = (node.get_input(index) for index in range(3))
    has_known_size = not x_nhwc.get_partial_shape().is_dynamic
    is_apart = has_known_size and _kernel(weights_ohwi) == (_STRIDE, _STRIDE)
    convolve = _convolve_apart if is_apart else _convolve
    return list(ops.add(convolve(x_nhwc, weights_ohwi), bias).outputs())


def _convolve(x_nhwc: Any, weights_ohwi: Any) -> Any:
    kernel_height, kernel_width = _kernel(weights_ohwi)
    # SAME makes the output exactly stride times the input; the surplus of the kernel is cut at the end.
    surplus = [max(kernel_height - _STRIDE, 0), max(kernel_width - _STRIDE, 0)]
    convolved = ops.convolution_backprop_data(
        ops.transpose(x_nhwc, ops.constant(NHWC_TO_NCHW)),
        ops.transpose(weights_ohwi, ops.constant(_OHWI_TO_IOHW)),
        strides=[_STRIDE, _STRIDE],
        pads_begin=[0, 0],
        pads_end=surplus,
    )
    return ops.transpose(convolved, ops.constant(NCHW_TO_NHWC))


def _convolve_apart(x_nhwc: Any, weights_ohwi: Any) -> Any:
    """Do it with a kernel as large as the stride, where each output pixel depends on one input pixel only.

    Then it is a 1x1 convolution to all of the kernel's pixels, which are laid beside each other. OpenVINO
    needs a third of the time for that, and less if neighbours go at once: a few channels do not fill vectors.
    """
    frames, height, width, channels_in = (int(side.get_length()) for side in x_nhwc.get_partial_shape())
    channels, _, _, _ = (int(side.get_length()) for side in weights_ohwi.get_partial_shape())
    at_once = math.gcd(_MOST_AT_ONCE, width)
    groups = _reshape(x_nhwc, [frames, height, width // at_once, at_once * channels_in])
    convolved = ops.convolution(
        ops.transpose(groups, ops.constant(NHWC_TO_NCHW)),
        _weights_of_neighbours(weights_ohwi, at_once),
        [1, 1],
        [0, 0],
        [0, 0],
        [1, 1],
    )
    line = at_once * _STRIDE * channels  # of one input line's pixels, side by side
    kernels = _reshape(
        ops.transpose(convolved, ops.constant(NCHW_TO_NHWC)),
        [frames, height, width // at_once, _STRIDE, line],
    )
    lines = ops.transpose(kernels, ops.constant([0, 1, 3, 2, 4]))
    return _reshape(lines, [frames, _STRIDE * height, _STRIDE * width, channels])


def _weights_of_neighbours(weights_ohwi: Any, count: int) -> Any:
    """Return 1x1 weights from the channels of ``count`` pixels to (kernel row, pixel, column, channel)."""
    out, height, width, channels_in = (int(side.get_length()) for side in weights_ohwi.get_partial_shape())
    each = _reshape(
        ops.transpose(weights_ohwi, ops.constant(_OHWI_TO_HWOI)), [height, 1, width, out, 1, channels_in]
    )
    own = np.eye(count, dtype=np.float32).reshape(1, count, 1, 1, count, 1)  # no pixel sees another
    return _reshape(
        ops.multiply(each, ops.constant(own)), [height * count * width * out, count * channels_in, 1, 1]
    )


def _reshape(node: Any, shape: list[int]) -> Any:
    return ops.reshape(node, ops.constant(shape), special_zero=False)


def _kernel(weights_ohwi: Any) -> tuple[int, int]:
    _, height, width, _ = (int(side.get_length()) for side in weights_ohwi.get_partial_shape())
    return height, width
