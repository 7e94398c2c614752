"""The default model, as it is obtained, converted and run on a real person."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import openvino as ov

from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.registry.cache_paths import compiled_dir, ir_dir
from selfieseg_engine.registry.ir_cache import BIN_NAME, XML_NAME, is_intact_ir
from selfieseg_engine.registry.registry import default_registry


def test_every_way_in_and_out_gives_the_same_mask(
    real_model: str, astronaut_bgr: npt.NDArray[np.uint8]
) -> None:
    probability_of = load_model(real_model, "CPU")
    bgr = np.asarray(cv2.resize(astronaut_bgr, probability_of.input_size), np.uint8)
    rgbx = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGBA), np.uint8)
    mask = probability_of.new_request().infer(bgr)
    assert mask.shape == (144, 256)
    assert mask[72, 128] > 0.9  # the astronaut sits in the middle
    assert mask[5, 250] < 0.1
    levels = load_model(real_model, "CPU", output="u8").new_request().infer(bgr)
    assert np.array_equal(levels, np.rint(mask * np.float32(255)))
    obs_levels = load_model(real_model, "AUTO", pixel_format="RGBX", output="u8").new_request().infer(rgbx)
    assert np.abs(obs_levels.astype(int) - levels).max() <= 1


def test_it_is_compiled_once_whatever_is_loaded_between(
    real_model: str, astronaut_bgr: npt.NDArray[np.uint8]
) -> None:
    """OpenVINO's own names of inputs and outputs depend on what the process has made before."""
    fresh = load_model(real_model, "CPU")
    bgr = np.asarray(cv2.resize(astronaut_bgr, fresh.input_size), np.uint8)
    mask = fresh.new_request().infer(bgr)
    load_model(real_model, "CPU", output="u8")
    kept = {path.name: path.stat().st_mtime_ns for path in compiled_dir().iterdir()}
    assert len(kept) == 2
    again = load_model(real_model, "CPU")
    assert {path.name: path.stat().st_mtime_ns for path in compiled_dir().iterdir()} == kept
    assert np.array_equal(again.new_request().infer(bgr), mask)


def test_a_tampered_ir_is_never_run(real_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    model = load_model(real_model, "CPU")
    bgr = np.asarray(cv2.resize(astronaut_bgr, model.input_size), np.uint8)
    mask = model.new_request().infer(bgr)
    folder = ir_dir(default_registry().get(real_model))
    weights = folder / BIN_NAME
    weights.write_bytes(bytes(len(weights.read_bytes())))
    assert np.array_equal(load_model(real_model, "CPU").new_request().infer(bgr), mask)
    assert is_intact_ir(folder)


def test_the_ir_keeps_its_weights_in_fp16(real_model: str) -> None:
    load_model(real_model, "CPU")
    path: Path = ir_dir(default_registry().get(real_model)) / XML_NAME
    operations = ov.Core().read_model(path).get_ops()
    types = {str(one.get_element_type()) for one in operations if one.get_type_name() == "Constant"}
    assert "<Type: 'float16'>" in types
