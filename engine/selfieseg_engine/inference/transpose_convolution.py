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
        ops.transpose(x_nhwc, ops.constant(_NHWC_TO_NCHW)),
        ops.transpose(weights_ohwi, ops.constant(_OHWI_TO_IOHW)),
        strides=[_STRIDE, _STRIDE],
        pads_begin=[0, 0],
        pads_end=surplus,
    )
    return ops.transpose(convolved, ops.constant(_NCHW_TO_NHWC))


def _convolve_apart(x_nhwc: Any, weights_ohwi: Any) -> Any:
    """Do it with a kernel as large as the stride, where each output pixel depends on one input pixel only.

    Then it is a 1x1 convolution to all of the kernel's pixels, which are laid beside each other: for that
    OpenVINO takes a third of the time.
    """
    frames, height, width, _ = (int(side.get_length()) for side in x_nhwc.get_partial_shape())
    channels, _, _, _ = (int(side.get_length()) for side in weights_ohwi.get_partial_shape())
    weights = ops.reshape(
        ops.transpose(weights_ohwi, ops.constant(_OHWI_TO_HWOI)),
        ops.constant([_STRIDE * _STRIDE * channels, -1, 1, 1]),
        special_zero=False,
    )
    convolved = ops.convolution(
        ops.transpose(x_nhwc, ops.constant(_NHWC_TO_NCHW)), weights, [1, 1], [0, 0], [0, 0], [1, 1]
    )
    kernels = ops.reshape(
        ops.transpose(convolved, ops.constant(_NCHW_TO_NHWC)),
        ops.constant([frames, height, width, _STRIDE, _STRIDE * channels]),
        special_zero=False,
    )
    lines = ops.transpose(kernels, ops.constant([0, 1, 3, 2, 4]))
    shape = ops.constant([frames, _STRIDE * height, _STRIDE * width, channels])
    return ops.reshape(lines, shape, special_zero=False)


def _kernel(weights_ohwi: Any) -> tuple[int, int]:
    _, height, width, _ = (int(side.get_length()) for side in weights_ohwi.get_partial_shape())
    return height, width
