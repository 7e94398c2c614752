"""The seam to OpenVINO on a model that the test builds: its probability is the mean of the colours."""

from __future__ import annotations

import mmap
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
from selfieseg_engine.inference.convert import convert
from selfieseg_engine.inference.frame_input import PixelFormat
from selfieseg_engine.inference.graph import OutputKind
from selfieseg_engine.inference.loaded_model import LoadedModel, compile_ir, load_model
from selfieseg_engine.registry.manifest import Manifest, ModelOutput

MakeManifest = Callable[..., Manifest]
RED_WEIGHT, GREEN_WEIGHT, BLUE_WEIGHT = 0.5, 0.3, 0.2


@pytest.fixture
def ir_path(tmp_path: Path) -> Path:
    """Write a model 1x4x6x3 RGB 0…1 -> 1x4x6x2: its inverse, and the weighted sum of the colours."""
    pixels = ops.parameter([1, 4, 6, 3], np.float32, "x")
    weights = ops.constant(np.array([RED_WEIGHT, GREEN_WEIGHT, BLUE_WEIGHT], np.float32))
    person = ops.reduce_sum(ops.multiply(pixels, weights), ops.constant([3]), keep_dims=True)
    rest = ops.subtract(ops.constant(np.float32(1)), person)
    both = ops.concat([rest, person], 3)
    path = tmp_path / "tiny.xml"
    ov.save_model(ov.Model([both], [pixels], "tiny"), path)
    return path


@pytest.fixture
def manifest(make_manifest: MakeManifest) -> Manifest:
    return make_manifest(output=ModelOutput("y", "probability", "NHWC", 2, (1,)))


@pytest.fixture
def frame_bgr() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (4, 6, 3), np.uint8)


def compiled(
    ir_path: Path, manifest: Manifest, pixel_format: PixelFormat, output: OutputKind, device: str = "CPU"
) -> LoadedModel:
    return compile_ir(ir_path, manifest, device, 1, pixel_format, output)


def expected_probability(frame_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    weighted: npt.NDArray[np.float64] = frame_bgr / 255 @ np.array([BLUE_WEIGHT, GREEN_WEIGHT, RED_WEIGHT])
    return weighted


def rgbx(frame_bgr: npt.NDArray[np.uint8], fourth: int) -> npt.NDArray[np.uint8]:
    return np.dstack((frame_bgr[:, :, ::-1], np.full((4, 6), fourth, np.uint8)))


def test_the_person_channel_comes_out_as_probability(
    ir_path: Path, manifest: Manifest, frame_bgr: npt.NDArray[np.uint8]
) -> None:
    model = compiled(ir_path, manifest, "BGR", "f32")
    assert model.input_size == model.output_size == (6, 4)
    assert model.device == "CPU"
    mask = model.new_request().infer(frame_bgr)
    assert mask.dtype == np.float32
    np.testing.assert_allclose(mask, expected_probability(frame_bgr), atol=1e-3)


@pytest.mark.parametrize("fourth", [0, 255])
def test_rgbx_equals_bgr_whatever_the_fourth_byte(
    ir_path: Path, manifest: Manifest, frame_bgr: npt.NDArray[np.uint8], fourth: int
) -> None:
    from_bgr = compiled(ir_path, manifest, "BGR", "f32").new_request().infer(frame_bgr)
    from_rgbx = compiled(ir_path, manifest, "RGBX", "f32").new_request().infer(rgbx(frame_bgr, fourth))
    np.testing.assert_allclose(from_rgbx, from_bgr, atol=1e-6)


def test_u8_is_the_rounded_probability_and_clamps(
    ir_path: Path, manifest: Manifest, frame_bgr: npt.NDArray[np.uint8]
) -> None:
    brighter = replace(manifest, input=replace(manifest.input, scale=(100.0, 100.0, 100.0)))
    for facts in (manifest, brighter):
        mask = compiled(ir_path, facts, "BGR", "f32").new_request().infer(frame_bgr)
        levels = compiled(ir_path, facts, "BGR", "u8").new_request().infer(frame_bgr)
        assert levels.dtype == np.uint8
        assert np.array_equal(levels, np.clip(np.rint(mask * np.float32(255)), 0, 255))


def test_frames_in_shared_memory_are_let_go(
    ir_path: Path, manifest: Manifest, frame_bgr: npt.NDArray[np.uint8]
) -> None:
    """A ring slot is an mmap, which can be closed as soon as no frame of it is read any more."""
    region = mmap.mmap(-1, 4 * 6 * 4)
    frame = np.frombuffer(region, np.uint8).reshape(4, 6, 4)
    request = compiled(ir_path, manifest, "RGBX", "u8").new_request()
    for picture in (frame_bgr, 255 - frame_bgr):
        frame[:] = rgbx(picture, 255)
        np.testing.assert_allclose(request.infer(frame), expected_probability(picture) * 255, atol=1)
    del frame
    region.close()


def test_a_mask_belongs_to_the_caller(
    ir_path: Path, manifest: Manifest, frame_bgr: npt.NDArray[np.uint8]
) -> None:
    request = compiled(ir_path, manifest, "BGR", "u8").new_request()
    one = request.infer(frame_bgr)
    kept = one.copy()
    other = request.infer(255 - frame_bgr)
    assert np.array_equal(one, kept)
    assert not np.array_equal(one, other)


def test_strided_and_read_only_frames_are_copied(
    ir_path: Path, manifest: Manifest, frame_bgr: npt.NDArray[np.uint8]
) -> None:
    request = compiled(ir_path, manifest, "BGR", "f32").new_request()
    expected = request.infer(frame_bgr)
    wide = np.zeros((4, 9, 3), np.uint8)
    wide[:, :6] = frame_bgr
    read_only = frame_bgr.copy()
    read_only.flags.writeable = False
    assert np.array_equal(request.infer(wide[:, :6]), expected)
    assert np.array_equal(request.infer(read_only), expected)


def test_two_requests_of_one_model_do_not_mix(
    ir_path: Path, manifest: Manifest, frame_bgr: npt.NDArray[np.uint8]
) -> None:
    model = compiled(ir_path, manifest, "BGR", "u8")
    first, second = model.new_request(), model.new_request()
    one = first.infer(frame_bgr)
    kept = one.copy()
    second.infer(255 - frame_bgr)
    assert np.array_equal(one, kept)


def test_the_auto_plugin_takes_the_properties(ir_path: Path, manifest: Manifest) -> None:
    assert "CPU" in compiled(ir_path, manifest, "BGR", "f32", device="AUTO").device


@pytest.mark.parametrize(
    "frame",
    [np.zeros((4, 6, 4), np.uint8), np.zeros((6, 4, 3), np.uint8), np.zeros((4, 6, 3), np.float32)],
)
def test_a_frame_that_does_not_fit_is_told(
    ir_path: Path, manifest: Manifest, frame: npt.NDArray[Any]
) -> None:
    with pytest.raises(FrameError, match=r"uint8 \(4, 6, 3\)"):
        compiled(ir_path, manifest, "BGR", "f32").new_request().infer(frame)


def test_a_closed_request_says_so(
    ir_path: Path, manifest: Manifest, frame_bgr: npt.NDArray[np.uint8]
) -> None:
    request = compiled(ir_path, manifest, "BGR", "f32").new_request()
    request.close()
    request.close()
    with pytest.raises(InferenceError, match="closed"):
        request.infer(frame_bgr)


def test_a_model_that_is_not_its_manifest_is_refused(ir_path: Path, make_manifest: MakeManifest) -> None:
    with pytest.raises(InferenceError, match="not what its manifest says"):
        compiled(ir_path, make_manifest(), "BGR", "f32")


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.tflite"
    rubbish.write_bytes(b"not a model")
    with pytest.raises(InferenceError) as caught:
        convert(rubbish, (), tmp_path)
    assert "\n" not in str(caught.value)


def test_no_threads_at_all_is_refused() -> None:
    with pytest.raises(InferenceError, match="too few"):
        load_model("selfie_segmentation", "CPU", threads=0)
