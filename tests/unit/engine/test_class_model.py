from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.class_model import ClassModel, available_classes, choose_class_model
from selfieseg_engine.errors import FrameError, InferenceError, RegistryError
from selfieseg_engine.registry.cache_paths import cached_weights_path
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.registry import default_registry
from selfieseg_wire.structs import ClassBit

HAIR_ID = "hair_segmentation"
ALL_BITS = ClassBit.HAIR | ClassBit.BODY_SKIN | ClassBit.FACE_SKIN | ClassBit.CLOTHES
# Crops of 200 pixels around the heads of full-body photos; measured 0.66
MIN_MEAN_HAIR_IOU = 0.62


def put_file_of_right_size(manifest: Manifest, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(manifest.file.bytes)


def centres(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return one sample from the middle of each of the six patches, in their order."""
    height, width = picture.shape[:2]
    rows, columns = (height // 4, height * 3 // 4), (width // 6, width // 2, width * 5 // 6)
    return np.array([picture[row, column] for row in rows for column in columns])


def test_auto_takes_the_best_that_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = default_registry()
    multiclass, hair = registry.get("selfie_multiclass_256x256"), registry.get(HAIR_ID)
    assert choose_class_model("auto", registry) is None
    assert available_classes("auto", registry) == (0, "")

    put_file_of_right_size(hair, cached_weights_path(hair))
    assert available_classes("auto", registry) == (ClassBit.HAIR, HAIR_ID)

    put_file_of_right_size(multiclass, tmp_path / "mine" / multiclass.file.name)
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(tmp_path / "mine"))
    assert available_classes("auto", registry) == (ALL_BITS, multiclass.id)


def test_a_cut_download_is_not_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading refuses a wrong file of the user's even where the cache is right: ``auto`` keeps off it."""
    registry = default_registry()
    hair = registry.get(HAIR_ID)
    cached = cached_weights_path(hair)
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"cut")
    assert choose_class_model("auto", registry) is None
    put_file_of_right_size(hair, cached)
    assert choose_class_model("auto", registry) == HAIR_ID
    (tmp_path / hair.file.name).write_bytes(b"cut")
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(tmp_path))
    assert choose_class_model("auto", registry) is None


def test_a_named_class_model_is_taken_whether_here_or_not() -> None:
    registry = default_registry()
    assert choose_class_model("none", registry) is None
    assert choose_class_model(HAIR_ID, registry) == HAIR_ID
    assert available_classes(HAIR_ID, registry) == (ClassBit.HAIR, HAIR_ID)
    with pytest.raises(RegistryError, match="nope"):
        choose_class_model("nope", registry)
    with pytest.raises(RegistryError, match="gives no classes"):
        choose_class_model("selfie_segmentation", registry)


@pytest.mark.parametrize("size", [(300, 200), (256, 256), (640, 1100)])
def test_the_multiclass_path_from_manifest_to_planes(
    tiny_multiclass: str, class_patches_bgr: npt.NDArray[np.uint8], size: tuple[int, int]
) -> None:
    """The multiclass weights cannot be had offline: a model of the same signature stands in for them.

    Everything else is the real thing: the checkout's manifest (but for the file's name and hash), the
    obtaining, the conversion, the graph and the request. Its classes go by colour, so the answer is known.
    """
    frame = np.asarray(cv2.resize(class_patches_bgr, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    with ClassModel(tiny_multiclass, "CPU", threads=1) as model:
        assert model.class_names == ("background", "hair", "body-skin", "face-skin", "clothes", "others")
        assert (model.classes, model.input_size, model.device) == (ALL_BITS, (256, 256), "CPU")
        result = model.segment(frame)
    assert result.planes.shape == (256, 256, 4)
    assert result.planes.dtype == result.class_map.dtype == np.uint8
    assert centres(result.class_map).tolist() == [0, 1, 2, 3, 4, 5]
    hair, body, face, clothes = np.eye(4, dtype=np.uint8) * 255
    nothing = np.zeros(4, np.uint8)
    assert np.array_equal(centres(result.planes), [nothing, hair, body, face, clothes, nothing])
    assert result.person is not None
    np.testing.assert_allclose(result.person[[64, 64, 192], [42, 128, 213]], [0, 1, 1], atol=1e-4)


def test_rgbx_gives_what_bgr_gives(tiny_multiclass: str, class_patches_bgr: npt.NDArray[np.uint8]) -> None:
    rgbx = np.asarray(cv2.cvtColor(class_patches_bgr, cv2.COLOR_BGR2RGBA), np.uint8)
    rgbx[:, :, 3] = 7
    padded = np.zeros((200, 320, 4), np.uint8)
    padded[:, :300] = rgbx
    with ClassModel(tiny_multiclass, "CPU") as bgr_model:
        expected = bgr_model.segment(class_patches_bgr)
    with ClassModel(tiny_multiclass, "CPU", pixel_format="RGBX") as rgbx_model:
        for frame in (rgbx, padded[:, :300]):
            result = rgbx_model.segment(frame)
            assert np.array_equal(result.planes, expected.planes)
            assert np.array_equal(result.class_map, expected.class_map)


def test_results_belong_to_the_caller(tiny_multiclass: str, class_patches_bgr: npt.NDArray[np.uint8]) -> None:
    with ClassModel(tiny_multiclass, "CPU") as model:
        first = model.segment(class_patches_bgr)
        kept = first.planes.copy()
        model.segment(np.full_like(class_patches_bgr, 255))
        assert np.array_equal(first.planes, kept)


def test_mistakes_are_told(tiny_multiclass: str, class_patches_bgr: npt.NDArray[np.uint8]) -> None:
    model = ClassModel(tiny_multiclass, "CPU")
    for frame in (class_patches_bgr[:, :, 0], class_patches_bgr[:0], class_patches_bgr / 255):
        with pytest.raises(FrameError, match="no frame"):
            model.segment(frame)  # type: ignore[arg-type]  # the mistake under test
    model.close()
    model.close()
    with pytest.raises(InferenceError, match="closed"):
        model.segment(class_patches_bgr)


def test_hair_is_found_on_a_real_person(hair_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    with ClassModel(hair_model, "CPU") as model:
        assert model.classes == ClassBit.HAIR
        assert model.class_names == ("background", "hair")
        result = model.segment(astronaut_bgr)
    hair = result.planes[:, :, 0]
    assert hair[40:60, 200:240].mean() > 0.9 * 255  # above her forehead
    assert hair[100:170, 200:240].mean() < 0.1 * 255  # her face
    assert hair[350:450, 100:250].mean() < 0.1 * 255  # her suit
    assert not result.planes[:, :, 1:].any()
    assert result.person is None
    assert np.array_equal(result.class_map == 1, hair > 127)


def test_hair_matches_the_truth_of_photos(hair_model: str, shared: Path) -> None:
    """The model is made for selfies, and heads on whole street photos are tiny: crops are taken."""
    media = shared / "media"
    scores = []
    with ClassModel(hair_model, "CPU") as model:
        for truth_path in sorted((media / "classes").glob("*.png")):
            truth = np.asarray(cv2.imread(str(truth_path), cv2.IMREAD_GRAYSCALE)) == 1
            frame = cv2.imread(str(media / "images" / f"{truth_path.stem}.jpg"))
            assert frame is not None
            row, column = (int(places.mean()) for places in np.nonzero(truth))
            top, left = max(0, row - 100), max(0, column - 100)
            crop = np.s_[top : top + 200, left : left + 200]
            model.reset()
            planes = model.segment(np.asarray(frame[crop], np.uint8)).planes
            found = cv2.resize(planes[:, :, 0], truth[crop].shape[::-1]) > 127
            scores.append((found & truth[crop]).sum() / (found | truth[crop]).sum())
    assert len(scores) == 10
    assert np.mean(scores) >= MIN_MEAN_HAIR_IOU, scores


def test_the_frame_before_matters_until_reset(hair_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    with ClassModel(hair_model, "CPU") as model:
        first = model.segment(astronaut_bgr).planes
        second = model.segment(astronaut_bgr).planes
        model.reset()
        again = model.segment(astronaut_bgr).planes
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again)
