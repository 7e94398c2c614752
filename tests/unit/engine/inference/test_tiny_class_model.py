"""Class graphs on models that the test builds: what they answer is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov
import openvino.opset13 as ops
import pytest

from selfieseg_engine.errors import FrameError, InferenceError
from selfieseg_engine.inference.class_request import ClassRequest
from selfieseg_engine.inference.loaded_class_model import compile_class_ir
from selfieseg_engine.inference.loaded_model import compile_ir
from selfieseg_engine.inference.max_pooling_with_argmax import _translate_pooling, _translate_unpooling
from selfieseg_engine.inference.openvino_core import openvino_core
from selfieseg_engine.registry.manifest import Manifest, ModelInput, ModelOutput

MakeManifest = Callable[..., Manifest]
SHAPE = [1, 4, 6]
DECAY = 0.5
RED = np.array([0, 0, 255], np.uint8)


def saved(folder: Path, answer: Any, pixels: Any) -> Path:
    path = folder / "tiny.xml"
    ov.save_model(ov.Model([answer], [pixels], "tiny"), path)
    return path


def number(value: float) -> Any:
    return ops.constant(np.array(value, np.float32))


@pytest.fixture
def recurrent_ir(tmp_path: Path) -> Path:
    """Write a model whose hair is half of the previous mask and a quarter of the red, as probability."""
    pixels = ops.parameter([*SHAPE, 4], np.float32, "x")
    red, _, _, previous = ops.split(pixels, ops.constant(3), 4).outputs()
    hair = ops.add(ops.multiply(previous, number(DECAY)), ops.multiply(red, number(0.25)))
    return saved(tmp_path, ops.concat([ops.subtract(number(1), hair), hair], 3), pixels)


@pytest.fixture
def recurrent(make_manifest: MakeManifest) -> Manifest:
    facts: ModelInput = make_manifest().input
    return make_manifest(
        input=replace(facts, previous_mask="hair"),
        output=ModelOutput("y", "probability", "NHWC", 2, (), ("background", "hair")),
    )


@pytest.fixture
def red_frame_bgr() -> npt.NDArray[np.uint8]:
    return np.tile(RED, (4, 6, 1))


def request_of(ir_path: Path, manifest: Manifest, device: str = "CPU") -> ClassRequest:
    return compile_class_ir(ir_path, manifest, device, 1, "BGR").new_request()


def hair_level(request: ClassRequest, frame: npt.NDArray[np.uint8]) -> int:
    levels = np.unique(request.infer(frame).planes[:, :, 0])
    assert levels.size == 1
    return int(levels[0])


@pytest.mark.parametrize("device", ["CPU", "AUTO"])
def test_the_mask_of_a_frame_is_fed_with_the_next(
    recurrent_ir: Path, recurrent: Manifest, red_frame_bgr: npt.NDArray[np.uint8], device: str
) -> None:
    request = request_of(recurrent_ir, recurrent, device)
    expected = [0.25, 0.375, 0.4375]
    for _ in range(2):
        levels = [hair_level(request, red_frame_bgr) for _ in expected]
        assert levels == [round(255 * value) for value in expected]
        request.reset()


def test_two_streams_do_not_share_their_memory(
    recurrent_ir: Path, recurrent: Manifest, red_frame_bgr: npt.NDArray[np.uint8]
) -> None:
    one, other = request_of(recurrent_ir, recurrent), request_of(recurrent_ir, recurrent)
    assert hair_level(one, red_frame_bgr) == 64
    assert hair_level(one, red_frame_bgr) == 96
    assert hair_level(other, red_frame_bgr) == 64


def test_its_memory_is_there_when_it_was_compiled_before(
    recurrent_ir: Path, recurrent: Manifest, red_frame_bgr: npt.NDArray[np.uint8]
) -> None:
    for is_kept in (False, True):
        model = compile_class_ir(recurrent_ir, recurrent, "CPU", 1, "BGR")
        assert model.compiled.get_property("LOADED_FROM_CACHE") == is_kept
        request = model.new_request()
        assert [hair_level(request, red_frame_bgr) for _ in range(3)] == [64, 96, 112]


def logits_model(folder: Path, ends_in_softmax: bool) -> Path:
    """Write a model whose three logits are ten times red, green and blue, with or without softmax."""
    pixels = ops.parameter([*SHAPE, 3], np.float32, "x")
    logits = ops.multiply(pixels, number(10))
    if not ends_in_softmax:
        return saved(folder, logits, pixels)
    flat = ops.softmax(ops.reshape(logits, ops.constant([1, 24, 3]), special_zero=False), 2)
    return saved(folder, ops.reshape(flat, ops.constant([*SHAPE, 3]), special_zero=False), pixels)


@pytest.mark.parametrize("ends_in_softmax", [False, True])
def test_logits_get_exactly_one_softmax(
    tmp_path: Path, make_manifest: MakeManifest, ends_in_softmax: bool
) -> None:
    output = ModelOutput("y", "logits", "NHWC", 3, (0, 2), ("clothes", "background", "face-skin"))
    manifest = make_manifest(output=output)
    path = logits_model(tmp_path, ends_in_softmax)
    frame = np.random.default_rng(3).integers(0, 256, (4, 6, 3), np.uint8)
    powers = np.exp(frame[:, :, ::-1] / 25.5)
    expected = powers / powers.sum(axis=2, keepdims=True)

    result = request_of(path, manifest).infer(frame)
    nothing = np.zeros((4, 6))
    planes = np.dstack([nothing, nothing, expected[:, :, 2], expected[:, :, 0]])
    np.testing.assert_allclose(result.planes, 255 * planes, atol=0.51)
    assert np.array_equal(result.class_map, expected.argmax(axis=2))
    person = expected[:, :, 0] + expected[:, :, 2]
    assert result.person is not None
    np.testing.assert_allclose(result.person, person, atol=1e-3)
    # The same person comes out where the model serves as a matte model.
    mask = compile_ir(path, manifest, "CPU", 1, "BGR", "f32").new_request().infer(frame)
    np.testing.assert_allclose(mask, person, atol=1e-3)


def test_a_model_of_the_other_kind_is_refused(
    recurrent_ir: Path, recurrent: Manifest, tmp_path: Path, make_manifest: MakeManifest
) -> None:
    with pytest.raises(InferenceError, match="no mattes"):
        compile_ir(recurrent_ir, recurrent, "CPU", 1, "BGR", "f32")
    matte_model = make_manifest(output=ModelOutput("y", "logits", "NHWC", 3, (0,)))
    with pytest.raises(InferenceError, match="no classes"):
        request_of(logits_model(tmp_path, ends_in_softmax=False), matte_model)


def test_maps_that_fit_no_class_plane_are_refused(tmp_path: Path, make_manifest: MakeManifest) -> None:
    pixels = ops.parameter([1, 4, 516, 3], np.float32, "x")
    path = saved(tmp_path, ops.multiply(pixels, number(1)), pixels)
    manifest = make_manifest(
        input=replace(make_manifest().input, width=516),
        output=ModelOutput("y", "probability", "NHWC", 3, (), ("background", "hair", "clothes")),
    )
    with pytest.raises(InferenceError, match="too large"):
        request_of(path, manifest)


def test_a_frame_that_does_not_fit_is_told(recurrent_ir: Path, recurrent: Manifest) -> None:
    request = request_of(recurrent_ir, recurrent)
    with pytest.raises(FrameError, match=r"uint8 \(4, 6, 3\)"):
        request.infer(np.zeros((4, 6, 4), np.uint8))
    request.close()
    with pytest.raises(InferenceError, match="closed"):
        request.reset()


def test_what_is_pooled_is_put_back_where_it_was() -> None:
    """MediaPipe's pair of operations: each window's maximum survives in its own place, the rest is zero."""

    class Node:
        def __init__(self, *inputs: Any) -> None:
            self._inputs = inputs

        def get_input(self, index: int) -> Any:
            return self._inputs[index]

    pixels = ops.parameter([1, 4, 6, 2], np.float32)
    values, places = _translate_pooling(Node(pixels.output(0)))
    assert str(places.get_element_type()) == "<Type: 'float32'>"  # as the published file declares it
    (unpooled,) = _translate_unpooling(Node(values, places))
    model = openvino_core().compile_model(ov.Model([values, unpooled], [pixels], "t"), "CPU")
    frame = np.random.default_rng(9).permutation(48).reshape(1, 4, 6, 2).astype(np.float32) + 1
    pooled, put_back = (model(frame)[index] for index in range(2))

    windows = frame.reshape(1, 2, 2, 3, 2, 2)
    maxima = windows.max(axis=(2, 4))
    assert np.array_equal(pooled, maxima)
    kept = np.where(windows == maxima[:, :, np.newaxis, :, np.newaxis], windows, 0)
    assert np.array_equal(put_back, kept.reshape(frame.shape))
