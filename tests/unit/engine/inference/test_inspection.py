"""What is told of model files, and models that are two files, on a model that the test builds."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from tests.unit.engine.tiny_onnx import linear_model

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.convert import convert
from selfieseg_engine.inference.inspection import OutputPort, Port, inspect_model
from selfieseg_engine.inference.ir_archive import pack_ir, readable_model


@pytest.fixture
def onnx(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(linear_model(32, 48, np.ones((3, 2), np.float32), np.zeros(2, np.float32)))
    return path


@pytest.fixture
def ir(onnx: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "an ir"
    folder.mkdir()
    convert(onnx, (), folder)
    return folder / "model.xml"


def test_inputs_and_outputs_are_told(onnx: Path) -> None:
    found = inspect_model(onnx)
    assert found.inputs == (Port("x", (1, 32, 48, 3), "f32"),)
    assert found.outputs == (OutputPort("y", (1, 32, 48, 2), "f32", "other"),)
    assert found.extensions == ()
    assert str(found.inputs[0]) == "x (1x32x48x3 f32)"


def test_an_open_size_is_fixed_on_demand(onnx: Path, tmp_path: Path) -> None:
    model = ov.Core().read_model(onnx)
    model.reshape([1, -1, -1, 3])
    path = tmp_path / "open.xml"
    ov.save_model(model, path)
    assert inspect_model(path).outputs[0].sides == (1, None, None, 2)
    assert inspect_model(path, {"x": (1, 8, 8, 3)}).outputs[0].sides == (1, 8, 8, 2)
    with pytest.raises(InferenceError, match="does not take x 1x8x8x5"):
        inspect_model(path, {"x": (1, 8, 8, 5)})


def test_an_ir_as_one_file_is_the_same_model(ir: Path, tmp_path: Path) -> None:
    archive, again = tmp_path / "ir.zip", tmp_path / "again.zip"
    pack_ir(ir, archive)
    pack_ir(ir, again)
    assert archive.read_bytes() == again.read_bytes()
    assert inspect_model(archive) == inspect_model(ir)
    folder = tmp_path / "converted"
    folder.mkdir()
    convert(archive, (), folder)
    assert inspect_model(folder / "model.xml") == inspect_model(ir)
    with readable_model(archive) as path:
        assert path.name == "model.xml"
    assert not path.exists()


@pytest.mark.parametrize("members", [{}, {"model.xml": b"<net/>"}, {"../model.xml": b"", "model.bin": b""}])
def test_an_archive_without_an_ir_is_told(tmp_path: Path, members: dict[str, bytes]) -> None:
    archive = tmp_path / "wrong.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    with pytest.raises(InferenceError, match=r"must hold model\.xml and model\.bin"):
        convert(archive, (), tmp_path)


def test_a_damaged_archive_is_told(ir: Path, tmp_path: Path) -> None:
    archive = tmp_path / "cut.zip"
    pack_ir(ir, archive)
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(InferenceError, match=r"must hold model\.xml"):
        convert(archive, (), tmp_path)


def test_the_extensions_of_mediapipes_files_are_found(shared: Path) -> None:
    hair = inspect_model(shared / "models" / "hair_segmentation.tflite")
    assert hair.extensions == ("Convolution2DTransposeBias", "MaxPoolingWithArgmax2D", "MaxUnpooling2D")
    general = inspect_model(shared / "models" / "selfie_segmentation.tflite")
    assert general.outputs[0].ending == "sigmoid"
