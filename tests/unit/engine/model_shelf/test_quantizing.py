from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.model_shelf.conftest import RED_NOT_BLUE
from tests.unit.engine.tiny_onnx import linear_model

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference import quantization
from selfieseg_engine.inference.convert import convert
from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.inference.quantization import as_tensor, require_nncf, require_quantizable
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.model_shelf import quantizing
from selfieseg_engine.model_shelf.adding import Request, proposed
from selfieseg_engine.model_shelf.agreement import Agreement
from selfieseg_engine.model_shelf.errors import ShelfError
from selfieseg_engine.model_shelf.quantizing import Outcome, Wanted, quantize_model, read_pictures, split
from selfieseg_engine.model_shelf.wishes import Wishes
from selfieseg_engine.registry.cache_paths import models_dir
from selfieseg_engine.registry.manifest import Manifest, ModelInput
from selfieseg_engine.registry.registry import default_registry

Photo = npt.NDArray[np.uint8]
ID, NEW_ID = "red_person", "red_person_int8"
SAME = Agreement(1.0, 0.0)


@pytest.fixture
def known(person_onnx: Path, photo_bgr: Photo) -> Manifest:
    request = Request(person_onnx, ID, Wishes())
    with proposed(request, [photo_bgr], default_registry()) as proposal:
        return proposal.store(proposal.tried.proposed)


def stand_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let NNCF's work be the conversion of another file."""

    def quantize(_ir: Path, _manifest: Manifest, pictures: list[Photo], target: Path) -> None:
        assert len(pictures) == 8
        convert(path, (), target.parent)

    monkeypatch.setattr(quantizing, "quantize_ir", quantize)


def times(original_ms: float, quantized_ms: float, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = quantizing.measure

    def timed(*arguments: object) -> Outcome:
        outcome: Outcome = measure(*arguments)  # type: ignore[arg-type]
        return replace(outcome, original_ms=original_ms, quantized_ms=quantized_ms)

    monkeypatch.setattr(quantizing, "measure", timed)


def test_a_faster_model_that_agrees_is_kept(
    known: Manifest, person_onnx: Path, photo_bgr: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(person_onnx, monkeypatch)
    times(2.0, 1.0, monkeypatch)
    outcome, made = quantize_model(known, NEW_ID, [photo_bgr] * 10, Wanted())
    assert outcome.held_out == 2
    assert outcome.agreement.iou == 1
    assert made == default_registry().get(NEW_ID)
    assert made is not None
    assert (made.input, made.output) == (known.input, known.output)
    mask = load_model(NEW_ID, "CPU").new_request().infer(np.zeros((32, 48, 3), np.uint8))
    np.testing.assert_allclose(mask, 0.5, atol=1e-3)


@pytest.mark.parametrize(("quantized_ms", "weights"), [(2.0, RED_NOT_BLUE), (1.0, -RED_NOT_BLUE)])
def test_a_model_that_is_slower_or_another_is_not_kept(
    known: Manifest,
    tmp_path: Path,
    photo_bgr: Photo,
    monkeypatch: pytest.MonkeyPatch,
    quantized_ms: float,
    weights: npt.NDArray[np.float32],
) -> None:
    path = tmp_path / "made.onnx"
    path.write_bytes(linear_model(32, 48, weights, np.zeros(2, np.float32)))
    stand_in(path, monkeypatch)
    times(2.0, quantized_ms, monkeypatch)
    outcome, made = quantize_model(known, NEW_ID, [photo_bgr] * 10, Wanted())
    assert made is None
    assert outcome.is_faster is not outcome.agrees(Wanted())
    assert [path.name for path in models_dir().iterdir()] == [ID]


@pytest.mark.parametrize(
    ("outcome", "is_faster", "agrees"),
    [
        (Outcome(10, 5, SAME, 2), True, True),
        (Outcome(10, 9.9, SAME, 2), False, True),  # measurements of one model differ by that
        (Outcome(10, 11, SAME, 2), False, True),
        (Outcome(10, 5, Agreement(0.96, 0.0), 2), True, False),
        (Outcome(10, 5, Agreement(1.0, 0.03), 2), True, False),
    ],
)
def test_what_is_worth_keeping(outcome: Outcome, is_faster: bool, agrees: bool) -> None:
    assert (outcome.is_faster, outcome.agrees(Wanted())) == (is_faster, agrees)


def test_some_pictures_are_kept_apart(photo_bgr: Photo) -> None:
    pictures = [photo_bgr + np.uint8(index) for index in range(10)]
    tuning, held_out = split(pictures)
    assert (len(tuning), len(held_out)) == (8, 2)
    assert not any(np.array_equal(one, other) for one in tuning for other in held_out)


def test_pictures_of_a_folder(tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pictures"
    with pytest.raises(ShelfError, match="it is no folder"):
        read_pictures(folder)
    folder.mkdir()
    (folder / "notes.txt").write_text("no picture")
    for index in range(9):
        shutil.copyfile(photo, folder / f"{index}.png")
    with pytest.raises(ShelfError, match="holds 9 pictures and 10 are needed"):
        read_pictures(folder)
    for index in range(9, 12):
        shutil.copyfile(photo, folder / f"{index}.png")
    assert len(read_pictures(folder)) == 12
    monkeypatch.setattr(quantizing, "MOST_PICTURES", 11)
    assert len(read_pictures(folder)) == 11


def test_without_nncf_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantization, "find_spec", lambda _name: None)
    with pytest.raises(InferenceError, match=r'-m pip install "nncf>='):
        require_nncf()


@pytest.mark.parametrize(
    ("model_id", "why"),
    [
        ("portraitnet_video", "leans on the frames before"),
        ("rvm_mobilenetv3", "leans on the frames before"),
        ("prismanet_i8", "whole numbers already"),
        ("deeplabv3_aisegment_u8", "whole numbers already"),
        ("hair_segmentation", "leans on the frames before"),
    ],
)
def test_models_that_cannot_be_quantized(model_id: str, why: str) -> None:
    with pytest.raises(InferenceError, match=why):
        require_quantizable(default_registry().get(model_id))


def test_pictures_become_what_the_published_model_takes() -> None:
    picture = np.full((4, 6, 3), (10, 20, 30), np.uint8)
    facts = ModelInput("x", 6, 4, "NCHW", "RGB", (0.0, 10.0, 0.0), (1.0, 2.0, 10.0), "stretch")
    tensor = as_tensor(picture, facts)
    assert tensor.shape == (1, 3, 4, 6)
    assert tensor.dtype == np.float32
    np.testing.assert_allclose(tensor[0, :, 0, 0], [30, 5, 1])
    nhwc = as_tensor(picture, replace(facts, layout="NHWC", colour="BGR"))
    np.testing.assert_allclose(nhwc[0, 0, 0], [10, 5, 3])


def test_nncf_makes_a_model_that_runs(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(shared / "models"))
    manifest = default_registry().get("selfie_segmentation_landscape")
    pictures = read_pictures(shared / "media" / "images")[:20]
    times(2.0, 1.0, monkeypatch)
    outcome, made = quantize_model(manifest, "quantized", pictures, Wanted(least_iou=0.8, most_mad=0.1))
    assert made is not None
    assert outcome.agreement.iou < 1
    request = load_model("quantized", "CPU").new_request()
    assert request.infer(stretch(pictures[0], (256, 144))).max() > 0.9
