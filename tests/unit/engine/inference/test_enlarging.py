"""Convolving before enlarging: less to do, and the same answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import pytest

from selfieseg_engine.inference.enlarging import convolve_before_enlarging
from selfieseg_engine.inference.openvino_core import openvino_core

SMALL, LARGE = (3, 4), (6, 8)


def model(
    is_nhwc: bool = True,
    channels_out: int = 2,
    kernel: int = 1,
    size: tuple[int, int] = LARGE,
    is_read_twice: bool = False,
) -> ov.Model:
    """Return what stretches 3 channels bilinearly, then convolves and adds a bias: answers NCHW."""
    rng = np.random.default_rng(3)
    weights = rng.normal(size=(channels_out, 3, kernel, kernel)).astype(np.float32)
    pixels = ops.parameter([1, *SMALL, 3] if is_nhwc else [1, 3, *SMALL], np.float32, "x")
    enlarged: Any = ops.interpolate(
        pixels, ops.constant(list(size)), "linear_onnx", "sizes", axes=[1, 2] if is_nhwc else [2, 3]
    )
    planes = ops.transpose(enlarged, ops.constant([0, 3, 1, 2])) if is_nhwc else enlarged
    convolved = ops.convolution(planes, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    answers = [ops.add(convolved, ops.constant(np.full((1, channels_out, 1, 1), 7, np.float32)))]
    return ov.Model(answers + ([enlarged] if is_read_twice else []), [pixels], "m")


def answer(graph: ov.Model) -> Any:
    shape = [int(side) for side in graph.input(0).shape]
    pixels = np.random.default_rng(5).normal(size=shape).astype(np.float32)
    return openvino_core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(pixels)[0]


def size_convolved(graph: ov.Model) -> list[int]:
    convolution = next(node for node in graph.get_ops() if node.get_type_name() == "Convolution")
    return [int(side) for side in convolution.input(0).get_shape()][2:]


@pytest.mark.parametrize("is_nhwc", [True, False])
def test_the_small_picture_is_convolved_and_the_answer_is_the_same(is_nhwc: bool) -> None:
    swapped = model(is_nhwc)
    convolve_before_enlarging(swapped)
    assert size_convolved(swapped) == list(SMALL)
    assert np.abs(answer(model(is_nhwc))).max() > 1
    np.testing.assert_allclose(answer(swapped), answer(model(is_nhwc)), atol=1e-5)


@pytest.mark.parametrize(
    "facts",
    [
        {"channels_out": 4},  # more channels would have to be enlarged
        {"kernel": 2},  # it mixes pixels
        {"size": (2, 2)},  # there is less to convolve afterwards
        {"is_read_twice": True},
    ],
)
@pytest.mark.parametrize("is_nhwc", [True, False])
def test_what_would_not_pay_or_not_be_the_same_stays(is_nhwc: bool, facts: dict[str, Any]) -> None:
    kept = model(is_nhwc, **facts)
    convolve_before_enlarging(kept)
    assert size_convolved(kept) == list(facts.get("size", LARGE))
    np.testing.assert_array_equal(answer(kept), answer(model(is_nhwc, **facts)))
