from __future__ import annotations

from pathlib import Path

import pytest

from selfieseg_engine.errors import DeviceError
from selfieseg_engine.inference.devices import compile_properties, resolve_device


@pytest.mark.parametrize(
    ("requested", "available", "resolved"),
    [
        ("AUTO", ["CPU"], "CPU"),
        ("AUTO", ["CPU", "GPU"], "AUTO"),
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


def test_the_thread_bound_reaches_the_cpu_on_every_way() -> None:
    assert compile_properties("CPU", 1, Path("c"))["INFERENCE_NUM_THREADS"] == 1
    assert compile_properties("AUTO", 1, Path("c"))["DEVICE_PROPERTIES"]["CPU"]["INFERENCE_NUM_THREADS"] == 1
    assert "INFERENCE_NUM_THREADS" not in compile_properties("GPU", 1, Path("c"))
