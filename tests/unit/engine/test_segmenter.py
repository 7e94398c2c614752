from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine import SegmentationResult, Segmenter, composite
from selfieseg_engine.errors import FrameError, InferenceError, RegistryError
from selfieseg_engine.inference.loaded_model import load_model

# models/README.md of the shared media, over 30 portraits, less 0.02
MIN_MEAN_IOU = {"selfie_segmentation": 0.866 - 0.02, "selfie_segmentation_landscape": 0.849 - 0.02}


def test_the_contract_in_six_lines(real_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    frame_bgr = astronaut_bgr[:, :500]
    with Segmenter(model="auto", device="CPU") as segmenter:
        assert segmenter.model_id == real_model
        result = segmenter.segment(frame_bgr)
        assert isinstance(result, SegmentationResult)
        assert result.matte.shape == (512, 500)
        assert result.matte.dtype == np.float32
        assert 0 <= result.matte.min() <= result.matte.max() <= 1
        assert result.class_map is None
        assert result.class_names == ()
        assert composite(frame_bgr, result, background="blur:50").shape == frame_bgr.shape


def test_the_person_is_found(real_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    with Segmenter(real_model, "CPU") as segmenter:
        matte = segmenter.segment(astronaut_bgr).matte
    assert matte[100:200, 200:240].mean() > 0.95  # her face
    assert matte[350:450, 100:250].mean() > 0.95  # her suit
    assert matte[0:100, 350:380].mean() < 0.05  # the grey wall
    assert 0.3 < matte.mean() < 0.7


def test_how_long_the_model_ran(real_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    with Segmenter(real_model, "CPU") as segmenter:
        assert segmenter.infer_ns == 0
        for frame in (astronaut_bgr, np.roll(astronaut_bgr, 40, axis=1)):
            started = time.monotonic_ns()
            segmenter.segment(frame)
            assert 0 < segmenter.infer_ns < time.monotonic_ns() - started


def test_results_do_not_share_memory(real_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    """A frame of the model's own size takes no resize, and its matte must not be overwritten by the next."""
    frame = np.asarray(cv2.resize(astronaut_bgr, (256, 144)), np.uint8)
    with Segmenter(real_model, "CPU") as segmenter:
        first = segmenter.segment(frame, timestamp=0.0).matte
        kept = first.copy()
        segmenter.segment(255 - frame, timestamp=0.04)
        segmenter.reset()
        assert np.array_equal(first, kept)
        assert np.array_equal(segmenter.segment(frame, timestamp=0.0).matte, kept)


def test_raw_is_the_models_own_mask_stretched(real_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    request = load_model(real_model, "CPU", 1).new_request()
    mask = request.infer(np.asarray(cv2.resize(astronaut_bgr, (256, 144)), np.uint8))
    request.close()
    with Segmenter(real_model, "CPU", refine=False, smoothing=0) as segmenter:
        for timestamp in (None, 0.0, 0.04):
            matte = segmenter.segment(astronaut_bgr, timestamp).matte
            assert np.array_equal(matte, cv2.resize(mask, (512, 512)))
        small = np.asarray(cv2.resize(astronaut_bgr, (256, 144)), np.uint8)
        first = segmenter.segment(small).matte
        kept = first.copy()
        segmenter.segment(255 - small)
        assert np.array_equal(first, kept), "its memory is its own, also where nothing is stretched"


def test_refined_mattes_follow_the_picture(real_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    """Where her matte changes the picture does: more than where a stretched mask's does."""
    picture = cv2.GaussianBlur(astronaut_bgr, (0, 0), 1).astype(np.float32)
    contrast = np.abs(np.diff(picture, axis=1)).max(axis=2)
    agreement = {}
    for refine in (False, True):
        with Segmenter(real_model, "CPU", refine=refine, smoothing=0) as segmenter:
            matte = segmenter.segment(astronaut_bgr).matte
        assert matte.shape == (512, 512)
        assert (matte.min(), matte.max()) == (0, 1)
        edge = np.abs(np.diff(matte, axis=1))
        agreement[refine] = float(np.average(contrast, weights=edge))
    assert agreement[True] > 1.2 * agreement[False]


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (64, 600), (1100, 700)])
def test_frames_of_every_size(
    real_model: str, astronaut_bgr: npt.NDArray[np.uint8], size: tuple[int, int]
) -> None:
    frame = np.asarray(cv2.resize(astronaut_bgr, size), np.uint8)
    with Segmenter(real_model, "CPU") as segmenter:
        for _ in range(3):
            matte = segmenter.segment(frame).matte
            assert matte.shape == size[::-1]
            assert matte.dtype == np.float32
            assert 0 <= matte.min() <= matte.max() <= 1


def test_frames_are_a_stream_until_a_reset_or_another_size(
    real_model: str, astronaut_bgr: npt.NDArray[np.uint8]
) -> None:
    noise = np.random.default_rng(1).normal(0, 6, (2, *astronaut_bgr.shape))
    first, second = (np.asarray(np.clip(astronaut_bgr + each, 0, 255), np.uint8) for each in noise)
    with Segmenter(real_model, "CPU") as segmenter:
        alone = segmenter.segment(second).matte
        segmenter.reset()
        segmenter.segment(first)
        followed = segmenter.segment(second).matte
        assert not np.array_equal(followed, alone), "it leans on the one before"
        assert np.abs(followed - alone).mean() < 0.02
        segmenter.reset()
        assert np.array_equal(segmenter.segment(second).matte, alone)
        segmenter.segment(np.asarray(cv2.resize(first, (500, 500)), np.uint8))
        assert np.array_equal(segmenter.segment(second).matte, alone), "another size is another stream"


def test_without_smoothing_refined_frames_do_not_lean_on_each_other(
    real_model: str, astronaut_bgr: npt.NDArray[np.uint8]
) -> None:
    """But for the first, which is looked at closer, and the part that the model is shown."""
    with Segmenter(real_model, "CPU", smoothing=0) as segmenter:
        made = [segmenter.segment(astronaut_bgr).matte for _ in range(4)]
    assert np.array_equal(made[2], made[3])


def test_mistakes_are_told(real_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(RegistryError, match="nope"):
        Segmenter("nope")
    with Segmenter(real_model, "CPU") as segmenter:
        for frame in (astronaut_bgr[:, :, 0], astronaut_bgr[:0], astronaut_bgr / 255, None):
            with pytest.raises(FrameError, match="no frame"):
                segmenter.segment(frame)  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(InferenceError, match="closed"):
        segmenter.segment(astronaut_bgr)


@pytest.mark.parametrize("model_id", sorted(MIN_MEAN_IOU))
def test_mattes_of_photos_match_the_ground_truth(
    shared: Path, monkeypatch: pytest.MonkeyPatch, model_id: str
) -> None:
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(shared / "models"))
    media = shared / "media"
    read: Callable[[Path], npt.NDArray[np.uint8]] = lambda path: np.asarray(  # noqa: E731
        cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8
    )
    scores = []
    with Segmenter(model_id, "CPU") as segmenter:
        for mask_path in sorted((media / "masks").glob("*.png")):
            frame = cv2.imread(str(media / "images" / f"{mask_path.stem}.jpg"))
            assert frame is not None
            predicted = segmenter.segment(np.asarray(frame, np.uint8)).matte > 0.5
            truth = read(mask_path) > 127
            ignored = media / "ignore" / mask_path.name
            counted = read(ignored) == 0 if ignored.exists() else np.ones_like(truth)
            scores.append((predicted & truth & counted).sum() / ((predicted | truth) & counted).sum())
    assert len(scores) > 40
    assert np.mean(scores) >= MIN_MEAN_IOU[model_id]


def test_classes_come_with_a_class_model(
    tiny_multiclass: str,
    real_model: str,
    weights_folder: Path,
    class_patches_bgr: npt.NDArray[np.uint8],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stand-in of ``tiny_multiclass`` gives the classes, the default model the matte."""
    folders = os.pathsep.join([str(weights_folder), str(tmp_path / "tiny weights")])
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", folders)
    with Segmenter(real_model, "CPU") as segmenter:
        alone = segmenter.segment(class_patches_bgr)
    assert alone.class_planes is None
    for wish in ("auto", tiny_multiclass):
        with Segmenter(real_model, "CPU", class_model=wish) as segmenter:
            assert (segmenter.model_id, segmenter.class_model_id) == (real_model, tiny_multiclass)
            result = segmenter.segment(class_patches_bgr)
            segmenter.reset()
        assert np.array_equal(result.matte, alone.matte)
        assert_patches_are_told_apart(result)
    with Segmenter(real_model, "CPU", class_model="none") as segmenter:
        assert segmenter.segment(class_patches_bgr).class_map is None


def test_a_matte_model_with_classes_gives_both_in_one_run(
    tiny_multiclass: str, class_patches_bgr: npt.NDArray[np.uint8]
) -> None:
    for wish in (None, "auto"):
        with Segmenter(tiny_multiclass, "CPU", class_model=wish) as segmenter:
            assert segmenter.class_model_id == segmenter.model_id == tiny_multiclass
            both = segmenter.segment(class_patches_bgr)
        assert_patches_are_told_apart(both)
    with Segmenter(tiny_multiclass, "CPU", class_model="none") as segmenter:
        matte_only = segmenter.segment(class_patches_bgr)
    assert matte_only.class_map is None
    for result in (both, matte_only):
        assert result.matte.shape == (200, 300)
        np.testing.assert_allclose(result.matte[[50, 50, 150], [50, 150, 250]], [0, 1, 1], atol=1e-4)
    with pytest.raises(InferenceError, match="closed"):
        segmenter.segment(class_patches_bgr)


def assert_patches_are_told_apart(result: SegmentationResult) -> None:
    assert result.class_map is not None
    assert result.class_map.shape == (200, 300)
    assert result.class_map.dtype == np.uint8
    names = [result.class_names[index] for index in result.class_map[[50, 50, 150], [50, 150, 150]]]
    assert names == ["background", "hair", "clothes"]
    assert result.class_planes is not None
    assert result.class_planes.shape == (256, 256, 4)


def test_a_class_model_is_no_matte_model() -> None:
    with pytest.raises(RegistryError, match="hair_segmentation gives no mattes"):
        Segmenter("hair_segmentation")


def test_importing_the_package_loads_no_library() -> None:
    program = "import sys, selfieseg_engine; print({'cv2', 'numpy', 'openvino'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_composite_stays_a_function_whatever_was_imported_first() -> None:
    """The folder ``composite`` once took the function's place as soon as something in it was imported."""
    program = (
        "import selfieseg_engine.composite.blur\n"
        "from selfieseg_engine.composite.compose import composite as direct\n"
        "from selfieseg_engine import composite\n"
        "assert composite is direct\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_openvino_reports_to_nobody() -> None:
    """The import of OpenVINO alone starts its telemetry, which sends without asking."""
    program = (
        "import sys, selfieseg_engine.inference.loaded_model\n"
        "assert 'openvino' in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
