from __future__ import annotations

import pytest

from selfieseg_engine.errors import DeviceError
from selfieseg_engine.inference.devices import compile_properties, device_kinds, resolve_device


@pytest.mark.parametrize(
    ("requested", "available", "resolved"),
    [
        ("AUTO", ["CPU"], "CPU"),
        ("AUTO", ["CPU", "GPU"], "CPU"),
        ("CPU", ["CPU", "GPU.0", "GPU.1"], "CPU"),
        ("GPU", ["CPU", "GPU.0", "GPU.1"], "GPU"),
    ],
)
def test_the_device_is_resolved(requested: str, available: list[str], resolved: str) -> None:
    assert resolve_device(requested, available) == resolved


@pytest.mark.parametrize("requested", ["NPU", "TPU", ""])
def test_a_device_that_is_not_here_is_told(requested: str) -> None:
    with pytest.raises(DeviceError, match="CPU"):
        resolve_device(requested, ["CPU", "GPU"])


@pytest.mark.parametrize(
    ("times", "resolved"),
    [
        (None, "CPU"),
        ({"CPU": {1: 9.0, 2: 6.0}, "GPU": {1: 5.0}}, "GPU"),
        ({"CPU": {1: 9.0, 2: 4.0}, "GPU": {1: 5.0}}, "CPU"),
        ({"CPU": {1: 9.0}, "NPU": {1: 5.0}}, "CPU"),
        ({"GPU": {1: 5.0}}, "CPU"),
    ],
)
def test_another_device_must_be_here_and_have_been_quicker(
    times: dict[str, dict[int, float]] | None, resolved: str
) -> None:
    assert resolve_device("AUTO", ["CPU", "GPU.0"], times) == resolved


def test_the_cpu_comes_first_and_strange_devices_cannot_be_asked_for() -> None:
    assert device_kinds(["NPU", "GPU.1", "GPU.0", "TEMPLATE", "CPU"]) == ["CPU", "GPU", "NPU"]


def test_the_thread_bound_reaches_the_cpu_alone() -> None:
    assert compile_properties("CPU", 1)["INFERENCE_NUM_THREADS"] == 1
    assert "INFERENCE_NUM_THREADS" not in compile_properties("GPU", 1)
