"""A model that finds red people on blue walls, and a photo of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.tiny_onnx import linear_model

from selfieseg_engine.pictures import write_picture

RED_NOT_BLUE = np.array([[-20, 20], [0, 0], [20, -20]], np.float32)


@pytest.fixture
def person_onnx(tmp_path: Path) -> Path:
    """Write a model 1x32x48x3 RGB -> 1x32x48x2 logits, background and person."""
    path = tmp_path / "Red Person.onnx"
    path.write_bytes(linear_model(32, 48, RED_NOT_BLUE, np.zeros(2, np.float32)))
    return path


@pytest.fixture
def photo_bgr() -> npt.NDArray[np.uint8]:
    """Return uint8 120x180x3: a red disc on blue."""
    rows, columns = np.indices((120, 180))
    is_person = np.hypot(rows - 60, columns - 90) < 45
    return np.where(is_person[:, :, np.newaxis], (20, 20, 230), (230, 30, 20)).astype(np.uint8)


@pytest.fixture
def photo(photo_bgr: npt.NDArray[np.uint8], tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    write_picture(path, photo_bgr)
    return path
