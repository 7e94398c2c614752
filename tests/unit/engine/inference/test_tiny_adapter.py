"""Models of every shape that is published, as small ones that the test builds: all become alike."""

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

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.loaded_class_model import compile_class_ir
from selfieseg_engine.inference.loaded_model import compile_ir
from selfieseg_engine.registry.manifest import Constant, Manifest, ModelInput, ModelOutput, State

MakeManifest = Callable[..., Manifest]
U8Image = npt.NDArray[np.uint8]
HEIGHT, WIDTH = 4, 6
LEVELS = 1.5 / 255


@pytest.fixture
def frame_bgr() -> U8Image:
    return np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a model of these results and parameters."""

    def write(results: list[Any], parameters: list[Any]) -> Path:
        path = tmp_path / "tiny.xml"
        ov.save_model(ov.Model(results, parameters, "tiny"), path, compress_to_fp16=False)
        return path

    return write


def picture(layout: str = "NHWC", dtype: Any = np.float32, channels: int = 3, name: str = "x") -> Any:
    shape = [1, HEIGHT, WIDTH, channels] if layout == "NHWC" else [1, channels, HEIGHT, WIDTH]
    parameter = ops.parameter(shape, dtype, name)
    parameter.output(0).set_names({name})
    return parameter


def named(node: Any, name: str) -> Any:
    result = ops.result(node)
    result.output(0).set_names({name})
    return result


def red_of(parameter: Any, axis: int) -> Any:
    """Return the first channel of an RGB picture, as f32."""
    return ops.convert(ops.gather(parameter, ops.constant([0]), ops.constant(axis)), "f32")


def number(value: float) -> Any:
    return ops.constant(np.array(value, np.float32))


def facts(layout: str = "NHWC", scale: float = 255.0, **more: Any) -> ModelInput:
    return ModelInput("x", WIDTH, HEIGHT, layout, "RGB", (0.0,) * 3, (scale,) * 3, "stretch", **more)  # type: ignore[arg-type]


def mask_of(path: Path, manifest: Manifest, frame_bgr: U8Image) -> npt.NDArray[np.float32]:
    model = compile_ir(path, manifest, "CPU", 1, "BGR", "f32")
    assert model.output_size == (WIDTH, HEIGHT)
    return np.asarray(model.new_request().infer(frame_bgr), np.float32)


def red(frame_bgr: U8Image) -> npt.NDArray[np.float64]:
    return np.asarray(frame_bgr[:, :, 2] / 255)


def test_channels_first(write: Callable[..., Path], make_manifest: MakeManifest, frame_bgr: U8Image) -> None:
    """As SINet, MODNet and PP-HumanSeg do."""
    x = picture("NCHW")
    person = red_of(x, 1)
    path = write([named(ops.concat([ops.subtract(number(1), person), person], 1), "y")], [x])
    output = ModelOutput("y", "probability", "NCHW", 2, (1,))
    manifest = make_manifest(input=facts("NCHW"), output=output)
    assert mask_of(path, manifest, frame_bgr) == pytest.approx(red(frame_bgr), abs=LEVELS)


@pytest.mark.parametrize(("layout", "shape"), [("flat", [1, HEIGHT * WIDTH]), ("NHW", [1, HEIGHT, WIDTH])])
def test_answers_without_channels(
    write: Callable[..., Path],
    make_manifest: MakeManifest,
    frame_bgr: U8Image,
    layout: str,
    shape: list[int],
) -> None:
    """As Prisma-net and PortraitNet do."""
    x = picture()
    answer = ops.reshape(red_of(x, 3), ops.constant(shape), special_zero=False)
    path = write([named(answer, "y")], [x])
    output = ModelOutput("y", "probability", layout, 1, (0,))  # type: ignore[arg-type]
    manifest = make_manifest(input=facts(), output=output)
    assert mask_of(path, manifest, frame_bgr) == pytest.approx(red(frame_bgr), abs=LEVELS)


def test_whole_numbers_in_and_out(
    write: Callable[..., Path], make_manifest: MakeManifest, frame_bgr: U8Image
) -> None:
    """As a quantized Prisma-net does: i8 both ways."""
    x = picture(dtype=np.int8)
    path = write([named(ops.convert(red_of(x, 3), "i8"), "y")], [x])
    manifest = make_manifest(
        input=replace(facts(scale=1.0), mean=(128.0,) * 3, dtype="i8"),
        output=ModelOutput("y", "probability", "NHWC", 1, (0,), zero=-128.0, one=127.0),
    )
    assert mask_of(path, manifest, frame_bgr) == pytest.approx(red(frame_bgr), abs=1e-6)


def test_class_indices(write: Callable[..., Path], make_manifest: MakeManifest, frame_bgr: U8Image) -> None:
    """As a quantized DeepLab does: u8 in, the index of the likeliest class out."""
    x = picture(dtype=np.uint8)
    is_person = ops.greater(ops.squeeze(red_of(x, 3), ops.constant([3])), number(127))
    path = write([named(ops.multiply(ops.convert(is_person, "i64"), ops.constant(np.int64(2))), "y")], [x])
    manifest = make_manifest(
        input=facts(scale=1.0, dtype="u8"), output=ModelOutput("y", "class-index", "NHW", 3, (2,))
    )
    assert np.array_equal(mask_of(path, manifest, frame_bgr), (frame_bgr[:, :, 2] > 127).astype(np.float32))


@pytest.mark.parametrize("ends_in_sigmoid", [False, True])
def test_one_channel_of_logits(
    write: Callable[..., Path], make_manifest: MakeManifest, frame_bgr: U8Image, ends_in_sigmoid: bool
) -> None:
    x = picture("NCHW")
    logit = ops.subtract(ops.multiply(red_of(x, 1), number(8)), number(4))
    path = write([named(ops.sigmoid(logit) if ends_in_sigmoid else logit, "y")], [x])
    manifest = make_manifest(input=facts("NCHW"), output=ModelOutput("y", "logits", "NCHW", 1, (0,)))
    expected = 1 / (1 + np.exp(4 - 8 * red(frame_bgr)))
    assert mask_of(path, manifest, frame_bgr) == pytest.approx(expected, abs=LEVELS)


def test_voc_classes_and_sizes_left_open(
    write: Callable[..., Path], make_manifest: MakeManifest, frame_bgr: U8Image
) -> None:
    """As an own export of DeepLabv3-ResNet101 does: 21 logits, the person the 15th, any size."""
    x = ops.parameter(ov.PartialShape([-1, 3, -1, -1]), ov.Type.f32, "x")
    x.output(0).set_names({"x"})
    weights = np.zeros((21, 3, 1, 1), np.float32)
    weights[15, 0], weights[9, 1] = 20, 20
    logits = ops.convolution(x, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    path = write([named(logits, "y"), named(ops.relu(logits), "aux")], [x])
    classes = ("background", *(f"class {index}" for index in range(1, 15)), "person")
    classes += tuple(f"class {index}" for index in range(16, 21))
    manifest = make_manifest(
        input=facts("NCHW"), output=ModelOutput("y", "logits", "NCHW", 21, (15,), classes)
    )
    logit = 20 * red(frame_bgr)
    others = 19 + np.exp(20 * (frame_bgr[:, :, 1] / 255))
    expected = np.exp(logit) / (np.exp(logit) + others)
    assert mask_of(path, manifest, frame_bgr) == pytest.approx(expected, abs=1e-4)
    found = compile_class_ir(path, manifest, "CPU", 1, "BGR").new_request().infer(frame_bgr)
    assert found.person == pytest.approx(expected, abs=1e-4)
    brighter_red = frame_bgr[:, :, 2] > frame_bgr[:, :, 1]
    assert np.array_equal(found.class_map[brighter_red], np.full(brighter_red.sum(), 15))


@pytest.fixture
def recurrent(write: Callable[..., Path], make_manifest: MakeManifest) -> tuple[Path, Manifest]:
    """As Robust Video Matting does: states in and out, a ratio, and a foreground beside the matte.

    Its matte is half of the red, and half of that of the frame before.
    """
    x, state = picture("NCHW"), ops.parameter([1, 1, HEIGHT, WIDTH], np.float32, "r1i")
    ratio = ops.parameter([1], np.float32, "ratio")
    state.output(0).set_names({"r1i"})
    ratio.output(0).set_names({"ratio"})
    matte = ops.multiply(ops.add(red_of(x, 1), state), ratio)
    path = write(
        [named(ops.relu(x), "fgr"), named(matte, "pha"), named(ops.relu(matte), "r1o")], [x, state, ratio]
    )
    return path, make_manifest(
        input=facts("NCHW"),
        output=ModelOutput("pha", "probability", "NCHW", 1, (0,)),
        states=(State("r1i", "r1o", (1, 1, HEIGHT, WIDTH)),),
        constants=(Constant("ratio", (0.5,)),),
    )


@pytest.fixture
def fed_its_mask(write: Callable[..., Path], make_manifest: MakeManifest) -> tuple[Path, Manifest]:
    """As PortraitNet does: the mask before is the fourth channel. The same mattes as ``recurrent``."""
    x = picture(channels=4)
    before = ops.gather(x, ops.constant([3]), ops.constant(3))
    matte = ops.multiply(ops.add(red_of(x, 3), before), number(0.5))
    flat = ops.reshape(matte, ops.constant([1, HEIGHT * WIDTH]), special_zero=False)
    return write([named(flat, "y")], [x]), make_manifest(
        input=facts(previous_mask="person"), output=ModelOutput("y", "probability", "flat", 1, (0,))
    )


@pytest.mark.parametrize("kind", ["recurrent", "fed_its_mask"])
def test_what_it_keeps_of_the_frames_before(
    kind: str, request: pytest.FixtureRequest, frame_bgr: U8Image
) -> None:
    path, manifest = request.getfixturevalue(kind)
    assert manifest.is_recurrent
    model = compile_ir(path, manifest, "CPU", 1, "BGR", "f32")
    one, other = model.new_request(), model.new_request()
    first = red(frame_bgr) / 2
    second = (red(frame_bgr) + first) / 2
    assert one.infer(frame_bgr) == pytest.approx(first, abs=1e-6)
    assert one.infer(frame_bgr) == pytest.approx(second, abs=1e-6)
    assert other.infer(frame_bgr) == pytest.approx(first, abs=1e-6)  # two streams do not mix
    one.reset()
    assert one.infer(frame_bgr) == pytest.approx(first, abs=1e-6)
    one.close()
    with pytest.raises(InferenceError, match="closed"):
        one.reset()


def test_float_activations(
    write: Callable[..., Path], make_manifest: MakeManifest, frame_bgr: U8Image
) -> None:
    """A quantized model is calculated in f32, with its real values at both ends."""
    x = picture(dtype=np.int8)
    real = ops.fake_quantize(
        ops.convert(x, "f32"), number(-128), number(127), number(0), number(1), levels=256
    )
    rounded = ops.fake_quantize(real, number(0), number(1), number(0), number(1), levels=3)
    back = ops.fake_quantize(red_of(rounded, 3), number(0), number(1), number(-128), number(127), levels=256)
    path = write([named(ops.convert(back, "i8"), "y")], [x])
    manifest = make_manifest(
        input=facts(),
        output=ModelOutput("y", "probability", "NHWC", 1, (0,)),
        repairs=("float-activations",),
    )
    assert mask_of(path, manifest, frame_bgr) == pytest.approx(red(frame_bgr), abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"states": (State("r9i", "r1o", (1, 1, HEIGHT, WIDTH)),)}, "no 'r9i'"),
        ({"states": (State("r1i", "r9o", (1, 1, HEIGHT, WIDTH)),)}, "no 'r9o'"),
        ({"states": ()}, "and 1 others"),
        ({"constants": (Constant("ratio", (0.5, 0.5, 0.5)),)}, "and 2 others"),
        ({"output": ModelOutput("alpha", "probability", "NCHW", 1, (0,))}, "no 'alpha'"),
        ({"output": ModelOutput("pha", "probability", "NCHW", 2, (0,))}, "its answer is"),
        ({"output": ModelOutput("fgr", "probability", "flat", 1, (0,))}, "its answer is"),
        ({"input": replace(facts("NCHW"), width=WIDTH + 1)}, "others"),
    ],
)
def test_what_differs_from_the_manifest_is_named(
    recurrent: tuple[Path, Manifest], changes: dict[str, Any], told: str
) -> None:
    path, manifest = recurrent
    with pytest.raises(InferenceError, match=told) as caught:
        compile_ir(path, replace(manifest, **changes), "CPU", 1, "BGR", "f32")
    assert "manifest" in caught.value.remedy
