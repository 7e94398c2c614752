"""Every published model that is at hand, on real portraits; those with a memory, frame by frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.benchmarks.quality.files import read_u8_matte
from selfieseg_engine.inference.loaded_class_model import load_class_model
from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.pictures import read_picture
from selfieseg_engine.registry.at_hand import weights_at_hand
from selfieseg_engine.registry.registry import default_registry

U8Image = npt.NDArray[np.uint8]

# Mean IoU of the models' own masks on seven photos, as measured when the manifests were written: a wrong
# colour order, range or layout costs more than the slack.
IOU = {
    "deeplabv3_aisegment": 0.771,
    "deeplabv3_aisegment_u8": 0.779,
    "mobilenetv2_unet_bilinear": 0.889,
    "mobilenetv3": 0.750,
    "mobilenetv3_quant": 0.772,
    "portraitnet_video_i8": 0.662,
    "prisma_trinet": 0.892,
    "prismanet": 0.910,
    "prismanet_i8": 0.908,
    "selfie_segmentation": 0.958,
    "selfie_segmentation_landscape": 0.878,
    "sinet": 0.835,
    "slimnet": 0.624,
}
SLACK = 0.01
PHOTOS = "p3m_*.jpg"
RECURRENT = "portraitnet_video_i8"
HAIR = "hair_segmentation"


@pytest.fixture
def media(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the shelf's models obtainable without a download; return the folder of photos and masks."""
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(shared / "models"))
    return shared / "media"


def photo(path: Path, size: tuple[int, int]) -> U8Image:
    return np.asarray(stretch(read_picture(path), size), np.uint8)


def test_every_file_of_the_shelf_has_a_manifest_and_a_figure(media: Path, shared: Path) -> None:
    at_hand = [manifest for manifest in default_registry().manifests if weights_at_hand(manifest)]
    files = {path.name for path in (shared / "models").iterdir() if path.suffix in (".tflite", ".onnx")}
    assert {manifest.file.name for manifest in at_hand} >= files
    assert {manifest.id for manifest in at_hand if manifest.output.person} == IOU.keys()


@pytest.mark.parametrize("model_id", IOU)
def test_a_model_finds_people(media: Path, model_id: str) -> None:
    model = load_model(model_id, "CPU")
    request = model.new_request()
    overlaps = []
    for path in sorted((media / "images").glob(PHOTOS)):
        true = read_u8_matte(media / "masks" / f"{path.stem}.png") > 127
        request.reset()
        mask = request.infer(photo(path, model.input_size))
        person = stretch(mask, (true.shape[1], true.shape[0])) > 0.5
        overlaps.append(np.count_nonzero(person & true) / np.count_nonzero(person | true))
    assert len(overlaps) == 7
    assert np.mean(overlaps) == pytest.approx(IOU[model_id], abs=SLACK)


def test_portraitnet_leans_on_the_mask_before(media: Path) -> None:
    """Frame n is fed the mask of frame n - 1, of its own stream alone; a reset forgets it."""
    model = load_model(RECURRENT, "CPU")
    one, other = model.new_request(), model.new_request()
    first, second = (photo(path, model.input_size) for path in sorted((media / "images").glob(PHOTOS))[:2])
    mask_of_first = one.infer(first).copy()
    after_first = one.infer(second).copy()
    alone = other.infer(second).copy()
    assert np.abs(after_first - alone).mean() > 0.01
    one.reset()
    assert np.array_equal(one.infer(first), mask_of_first)
    assert np.array_equal(one.infer(second), after_first)
    # Streams take turns and do not mix.
    one.reset()
    other.reset()
    assert np.array_equal(one.infer(first), mask_of_first)
    assert np.array_equal(other.infer(second), alone)
    assert np.array_equal(one.infer(second), after_first)


def test_hair_leans_on_the_mask_before(media: Path) -> None:
    model = load_class_model(HAIR, "CPU", 1, "BGR")
    one, other = model.new_request(), model.new_request()
    first, second = (photo(path, model.input_size) for path in sorted((media / "images").glob(PHOTOS))[:2])
    hair_of_first = one.infer(first).planes
    after_first = one.infer(second).planes
    alone = other.infer(second).planes
    assert np.abs(after_first.astype(int) - alone).max() > 10
    one.reset()
    other.reset()
    assert np.array_equal(one.infer(first).planes, hair_of_first)
    assert np.array_equal(other.infer(second).planes, alone)
    assert np.array_equal(one.infer(second).planes, after_first)
