from __future__ import annotations

import pytest

from selfieseg_engine.device_fallback import DeviceFallbacks
from selfieseg_engine.errors import DeviceError, InferenceError, ObtainError, UserError
from selfieseg_engine.model_leases import ModelKey
from selfieseg_engine.refusal import refusal_of

GPU, CPU = ModelKey("m", "GPU", 0), ModelKey("m", "CPU", 0)


class Loader:
    """Loads nothing on the devices in ``broken``."""

    def __init__(self, **broken: UserError) -> None:
        self.broken = broken
        self.asked: list[ModelKey] = []

    def __call__(self, key: ModelKey) -> str:
        self.asked.append(key)
        if key.device in self.broken:
            raise self.broken[key.device]
        return f"{key.model} on {key.device}"


@pytest.fixture
def fallbacks() -> DeviceFallbacks:
    return DeviceFallbacks()


def test_a_device_that_works_is_used(fallbacks: DeviceFallbacks) -> None:
    load = Loader()
    assert fallbacks.load(GPU, load) == ("m on GPU", None)
    assert load.asked == [GPU]


@pytest.mark.parametrize("device", ["GPU", "NPU", "AUTO"])
def test_a_device_that_fails_is_replaced_and_not_tried_again(
    fallbacks: DeviceFallbacks, device: str, caplog: pytest.LogCaptureFixture
) -> None:
    load = Loader(
        **{device: DeviceError("the device X does not take the model m", "it is old", "buy another")}
    )
    wish = ModelKey("m", device, 3)
    for _ in range(3):
        loaded, failure = fallbacks.load(wish, load)
        assert loaded == "m on CPU"
        assert failure is not None
        told = refusal_of(1, failure)
        assert told.code == "device_failed"
        expected = "the device X does not take the model m, it is old, the CPU goes on in its place"
        assert told.text == expected
        assert "choose another device and then this one" in told.remedy
    assert load.asked == [wish, ModelKey("m", "CPU", 3), *[ModelKey("m", "CPU", 3)] * 2]
    assert len(caplog.records) == 1, "the log hears of it once"


def test_another_wish_is_tried(fallbacks: DeviceFallbacks) -> None:
    load = Loader(GPU=DeviceError("a", "b", "c"))
    fallbacks.load(GPU, load)
    load.broken.clear()
    assert fallbacks.load(ModelKey("other", "GPU", 0), load) == ("other on GPU", None)
    assert fallbacks.load(GPU, load)[0] == "m on CPU"
    fallbacks.forget(GPU)
    assert fallbacks.load(GPU, load) == ("m on GPU", None)


def test_a_device_that_fails_while_it_runs(
    fallbacks: DeviceFallbacks, caplog: pytest.LogCaptureFixture
) -> None:
    load = Loader()
    fallbacks.note(GPU, "GPU.1", InferenceError("OpenVINO could not run the model", "it was pulled out", "x"))
    loaded, failure = fallbacks.load(GPU, load)
    assert (loaded, load.asked) == ("m on CPU", [CPU])
    assert failure is not None
    assert failure.what == "the device GPU.1 failed: OpenVINO could not run the model, it was pulled out"
    fallbacks.note(GPU, "GPU.1", InferenceError("OpenVINO could not run the model", "it was pulled out", "x"))
    assert len(caplog.records) == 1, "another filter ran into the same"


@pytest.mark.parametrize(
    ("device", "error"),
    [
        ("CPU", DeviceError("a", "b", "c")),
        ("ABACUS", DeviceError("no device is called 'ABACUS'", "b", "c")),
        ("GPU", ObtainError("no weights", "no network", "plug it in")),
        ("GPU", InferenceError("OpenVINO cannot convert", "it", "x")),
    ],
)
def test_what_is_no_devices_fault_stays_an_error(
    fallbacks: DeviceFallbacks, device: str, error: UserError
) -> None:
    load = Loader(**{device: error})
    with pytest.raises(UserError) as raised:
        fallbacks.load(ModelKey("m", device, 0), load)
    assert raised.value is error
    assert len(load.asked) == 1


def test_where_the_cpu_fails_too_nothing_is_remembered(
    fallbacks: DeviceFallbacks, caplog: pytest.LogCaptureFixture
) -> None:
    on_cpu = DeviceError("CPU", "b", "c")
    load = Loader(GPU=DeviceError("GPU", "b", "c"), CPU=on_cpu)
    for _ in range(2):
        with pytest.raises(DeviceError) as raised:
            fallbacks.load(GPU, load)
        assert raised.value is on_cpu
    assert load.asked == [GPU, CPU] * 2
    assert not caplog.records
