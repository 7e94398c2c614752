"""A run directory of its own for every test, one data directory for all, and engines that surely end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from selfieseg_engine.errors import ObtainError
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID
from selfieseg_engine.registry.obtain import obtain_weights
from selfieseg_engine.registry.registry import default_registry
from tests.engine.harness import Engine, StartEngine, U8Image

SHARED_MODELS = Path(__file__).resolve().parents[2].parent / "shared" / "models"


@pytest.fixture(scope="session")
def engine_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory for all tests here: the model is converted and compiled once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """Return a run directory with a path short enough for a socket, which pytest's own are not always."""
    folder = Path(tempfile.mkdtemp(prefix="ss-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environment(engine_data_dir: Path, run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the variables of this product, set in this process too."""
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(engine_data_dir))
    monkeypatch.setenv("SELFIESEG_RUN_DIR", str(run_dir))
    if SHARED_MODELS.is_dir():
        monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(SHARED_MODELS))
    return dict(os.environ)


@pytest.fixture
def start_engine(environment: dict[str, str], run_dir: Path) -> Iterator[StartEngine]:
    """Return what starts an engine; all are ended with the test."""
    engines: list[Engine] = []

    def start(*arguments: str, **variables: str) -> Engine:
        engine = Engine(run_dir, {**environment, **variables}, arguments)
        engines.append(engine)
        return engine

    yield start
    for engine in engines:
        engine.clean_up()


@pytest.fixture
def engine(start_engine: StartEngine, real_model: str) -> Engine:
    """Return a running engine whose model can be had."""
    running = start_engine()
    running.wait_until_listening()
    return running


@pytest.fixture
def real_model(environment: dict[str, str]) -> str:
    """Return the default model's id; skip where its weights cannot be had."""
    try:
        obtain_weights(default_registry().get(DEFAULT_MODEL_ID))
    except ObtainError as error:
        pytest.skip(f"needs the default model, which cannot be fetched here: {error}")
    return DEFAULT_MODEL_ID


@pytest.fixture(scope="session")
def astronaut_rgb() -> U8Image:
    """Return a real person: 256x144 RGB, cut from scikit-image's public-domain picture."""
    picture = np.asarray(data.astronaut()[:288], np.uint8)
    return np.asarray(cv2.resize(picture, (256, 144), interpolation=cv2.INTER_AREA), np.uint8)
