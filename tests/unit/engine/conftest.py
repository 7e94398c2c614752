"""A data directory of its own for every test, and the real model where one is needed."""

from __future__ import annotations

import ctypes
import hashlib
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from skimage import data
from tests.unit.engine.tiny_onnx import linear_model

from selfieseg_engine.errors import ObtainError
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID
from selfieseg_engine.registry import registry as registry_module
from selfieseg_engine.registry.manifest import (
    Digest,
    Manifest,
    ModelInput,
    ModelOutput,
    UrlSource,
    WeightsFile,
)
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME
from selfieseg_engine.registry.obtain import obtain_weights
from selfieseg_engine.registry.registry import CHECKOUT_MODELS_DIR, default_registry

SHARED = Path(__file__).resolve().parents[3].parent / "shared"

MakeManifest = Callable[..., Manifest]

_M_PERTURB = -6  # glibc's malloc.h
_FREED = 165

MULTICLASS_ID = "selfie_multiclass_256x256"
# RGB 0…1, in the order of the multiclass model's classes
CLASS_COLOURS = ((1, 1, 1), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0))


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(folder))
    monkeypatch.delenv("SELFIESEG_MODEL_PATH", raising=False)
    return folder


@pytest.fixture(autouse=True)
def freed_memory_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fill what is freed, here and in programs started from here, so that a use of it is no matter of luck.

    FFmpeg's objects, for one, are gone when their container is closed, whatever Python still holds of them.
    """
    monkeypatch.setenv("MALLOC_PERTURB_", str(_FREED))
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        yield
        return
    mallopt(_M_PERTURB, _FREED)
    yield
    mallopt(_M_PERTURB, 0)


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave pip and every URL without a way out, whatever this machine's configuration is."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip(f"needs the test media in {SHARED}, which is not here")
    return SHARED


@pytest.fixture(scope="session")
def weights_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for SELFIESEG_MODEL_PATH that holds the default model, fetched once if need be."""
    if (SHARED / "models").is_dir():
        return SHARED / "models"
    folder = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SELFIESEG_DATA_DIR", str(folder))
        try:
            return obtain_weights(default_registry().get(DEFAULT_MODEL_ID)).parent
        except ObtainError as error:
            pytest.skip(f"needs the default model, which cannot be fetched here: {error}")


@pytest.fixture
def real_model(weights_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the default model obtainable without a download, and return its id."""
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(weights_folder))
    return DEFAULT_MODEL_ID


@pytest.fixture
def astronaut_bgr() -> npt.NDArray[np.uint8]:
    """Return a real person: uint8 512x512x3 BGR, public domain, part of scikit-image."""
    return np.asarray(cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR), np.uint8)


@pytest.fixture
def make_manifest() -> MakeManifest:
    """Return a maker of manifests for small models that a test builds itself."""

    def make(content: bytes = b"weights", **changes: Any) -> Manifest:
        facts: dict[str, Any] = {
            "id": "tiny",
            "title": "Tiny",
            "good_for": "tests",
            "licence": "none",
            "credit": "nobody",
            "cost": "low",
            "file": WeightsFile(
                "tiny.bin", len(content), Digest("sha256", hashlib.sha256(content).hexdigest())
            ),
            "sources": (UrlSource("https://127.0.0.1:9/tiny.bin"),),
            "input": ModelInput("x", 6, 4, "NHWC", "RGB", (0.0,) * 3, (255.0,) * 3, "stretch"),
            "output": ModelOutput("y", "probability", "NHWC", 1, (0,)),
            "extensions": (),
        }
        return Manifest(**{**facts, **changes})

    return make


@pytest.fixture
def tiny_multiclass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let this process's registry hold a stand-in for the multiclass model, and return its id.

    The published weights cannot be had offline. This one has their signature (1x256x256x3 RGB 0…1 ->
    1x256x256x6 logits) and the manifest of the checkout, but for the file; a pixel's class is that of the
    nearest of ``CLASS_COLOURS``. Its weights lie in a folder of ``SELFIESEG_MODEL_PATH``.
    """
    colours = np.array(CLASS_COLOURS, np.float32)
    sharpness = np.float32(20)
    content = linear_model(256, 256, 2 * sharpness * colours.T, -sharpness * (colours**2).sum(axis=1))
    weights = tmp_path / "tiny weights" / "multiclass.onnx"
    weights.parent.mkdir()
    weights.write_bytes(content)
    models = tmp_path / "models"
    shutil.copytree(CHECKOUT_MODELS_DIR, models)
    manifest = models / MULTICLASS_ID / MANIFEST_NAME
    file_table = (
        f'[file]\nname = "{weights.name}"\nbytes = {len(content)}\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
    )
    text = manifest.read_text(encoding="utf-8")
    text, count = re.subn(r"\[file\]\n(.+\n)*\n", lambda _: file_table, text)
    assert count == 1
    manifest.write_text(text, encoding="utf-8")
    monkeypatch.setattr(registry_module, "CHECKOUT_MODELS_DIR", models)
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(weights.parent))
    return MULTICLASS_ID


@pytest.fixture
def hair_model(shared: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the hair model obtainable without a download, and return its id."""
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(shared / "models"))
    return "hair_segmentation"


@pytest.fixture
def class_patches_bgr() -> npt.NDArray[np.uint8]:
    """Return uint8 200x300x3 BGR: six patches of 100x100 in ``CLASS_COLOURS``, three above three."""
    colours_bgr = np.array(CLASS_COLOURS, np.uint8)[:, ::-1] * np.uint8(255)
    return colours_bgr.reshape(2, 3, 3).repeat(100, axis=0).repeat(100, axis=1)
