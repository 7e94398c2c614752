"""MediaPipe's transposed convolution against its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import pytest

from selfieseg_engine.inference.openvino_core import openvino_core
from selfieseg_engine.inference.transpose_convolution import _translate

HEIGHT = 3


def translated(weights: Any, bias: Any, height: int, width: int) -> ov.Model:
    pixels = ops.parameter([1, height, width, weights.shape[3]], np.float32)

    class Node:
        def get_input(self, index: int) -> ov.Output:
            return (pixels, ops.constant(weights), ops.constant(bias))[index].output(0)

    return ov.Model(_translate(Node()), [pixels], "t")


@pytest.mark.parametrize("height", [HEIGHT, -1])  # -1: the model does not say
@pytest.mark.parametrize(("channels_in", "channels_out"), [(1, 1), (3, 2), (2, 3)])
@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("width", [4, 5, 6])  # neighbours go by four, alone and by two
def test_it_is_tensorflows(width: int, kernel: int, channels_in: int, channels_out: int, height: int) -> None:
    """SAME: twice the input's size for every kernel, which lands at twice the pixel's place."""
    rng = np.random.default_rng(kernel)
    weights = rng.normal(size=(channels_out, kernel, kernel, channels_in)).astype(np.float32)
    bias = rng.normal(size=channels_out).astype(np.float32)
    frame = rng.normal(size=(1, HEIGHT, width, channels_in)).astype(np.float32)

    room = np.zeros((2 * HEIGHT + kernel, 2 * width + kernel, channels_out), np.float32)
    for y in range(HEIGHT):
        for x in range(width):
            print_of_pixel = np.einsum("ohwi,i->hwo", weights, frame[0, y, x])
            room[2 * y : 2 * y + kernel, 2 * x : 2 * x + kernel] += print_of_pixel
    expected = room[: 2 * HEIGHT, : 2 * width] + bias

    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    answer = openvino_core().compile_model(translated(weights, bias, height, width), "CPU", exact)(frame)[0]
    assert answer.shape == (1, 2 * HEIGHT, 2 * width, channels_out)
    np.testing.assert_allclose(answer[0], expected, atol=1e-4)
