"""Sessions share what is compiled, and nothing else."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.class_model import ClassModel
from selfieseg_engine.class_worker import ClassFrame, ClassModelKey
from selfieseg_engine.errors import InferenceError, RegistryError
from selfieseg_engine.inference.loaded_class_model import LoadedClassModel
from selfieseg_engine.leased_class_model import (
    ClassModelLeases,
    lease_class_model,
    load_class_model_for_sessions,
)


def as_rgbx(bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGBA), np.uint8)


def full_of_people(rgbx: npt.NDArray[np.uint8]) -> ClassFrame:
    return ClassFrame(rgbx, np.full((9, 16), 255, np.uint8), rgbx.shape[1::-1], 1)


def test_sessions_share_one_compiled_model(
    tiny_multiclass: str, class_patches_bgr: npt.NDArray[np.uint8]
) -> None:
    loads: list[ClassModelKey] = []

    def load(key: ClassModelKey) -> LoadedClassModel:
        loads.append(key)
        return load_class_model_for_sessions(key)

    leases = ClassModelLeases(load)
    key = ClassModelKey(tiny_multiclass, "CPU", 1)
    first, second = lease_class_model(leases, key), lease_class_model(leases, key)
    assert loads == [key]
    with ClassModel(tiny_multiclass, "CPU") as alone:
        expected = alone.segment(class_patches_bgr).planes
    frame = full_of_people(as_rgbx(class_patches_bgr))
    assert np.array_equal(first.segment(frame).planes, expected)
    first.close()
    first.close()
    with pytest.raises(InferenceError, match="closed"):
        first.segment(frame)
    assert np.array_equal(second.segment(frame).planes, expected)
    assert len(leases) == 1
    second.close()
    assert len(leases) == 0
    lease_class_model(leases, key).close()
    assert loads == [key, key]


def test_each_has_a_memory_of_its_own(hair_model: str, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    """The hair model looks at its answer to the frame before: another camera's must not come in."""
    leases = ClassModelLeases(load_class_model_for_sessions)
    key = ClassModelKey(hair_model, "CPU", 1)
    one, other = lease_class_model(leases, key), lease_class_model(leases, key)
    person, wall = as_rgbx(astronaut_bgr), np.full((64, 64, 4), 200, np.uint8)
    first = one.segment(full_of_people(person)).planes
    for _ in range(3):
        other.segment(full_of_people(wall))
    second = one.segment(full_of_people(person)).planes
    with ClassModel(hair_model, "CPU", pixel_format="RGBX") as alone:
        assert np.array_equal(alone.segment(person).planes, first)
        assert np.array_equal(alone.segment(person).planes, second)
    one.close()
    other.close()


def test_a_failure_leaves_no_lease() -> None:
    leases = ClassModelLeases(load_class_model_for_sessions)
    with pytest.raises(RegistryError):
        lease_class_model(leases, ClassModelKey("nope", "CPU", 1))
    assert len(leases) == 0
