from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine import segmenter
from selfieseg_engine.errors import DeviceError, InferenceError
from selfieseg_engine.matte_model import MatteModel
from selfieseg_engine.measured_choice import Setup

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_model import LoadedModel

FRAME = np.zeros((4, 6, 3), np.uint8)
GPU = Setup("m", "GPU", 2)


class FakeModel:
    """Its own request. The GPU gives ``answers`` masks, then it fails."""

    input_size = 6, 4

    def __init__(self, device: str, answers: float) -> None:
        self.device = device
        self.answers = answers
        self.closed = False

    def new_request(self) -> FakeModel:
        if self.answers < 0:
            raise DeviceError("OpenVINO could not make the model ready", "it is full", "x")
        return self

    def reset(self) -> None:
        if self.closed or self.answers == 0:
            raise InferenceError("OpenVINO could not make the model forget", "it is gone", "x")

    def infer(self, _frame: npt.NDArray[np.uint8]) -> str:
        if self.closed or self.answers == 0:
            raise InferenceError("OpenVINO could not run the model", "it is gone", "x")
        self.answers -= 1
        return self.device

    def close(self) -> None:
        self.closed = True


class Shelf:
    def __init__(self, gpu_answers: float = float("inf"), gpu_error: DeviceError | None = None) -> None:
        self.gpu_answers = gpu_answers
        self.gpu_error = gpu_error
        self.loaded: list[FakeModel] = []
        self.asked: list[tuple[str, str, int]] = []

    def load(self, model_id: str, device: str, threads: int) -> LoadedModel:
        self.asked.append((model_id, device, threads))
        if device == "GPU" and self.gpu_error is not None:
            raise self.gpu_error
        self.loaded.append(FakeModel(device, self.gpu_answers if device == "GPU" else float("inf")))
        return cast("LoadedModel", self.loaded[-1])


def test_the_middle_of_a_stream(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(gpu_answers=2)
    model = MatteModel(GPU, "AUTO", shelf.load)
    assert [str(model.infer(FRAME)) for _ in range(4)] == ["GPU", "GPU", "CPU", "CPU"]
    assert model.device == "CPU"
    assert shelf.asked == [("m", "GPU", 2), ("m", "CPU", 2)]
    assert shelf.loaded[0].closed
    assert len(caplog.records) == 1
    assert (
        "the device GPU failed: OpenVINO could not run the model, it is gone, the CPU goes on" in caplog.text
    )
    model.close()
    assert shelf.loaded[1].closed
    with pytest.raises(InferenceError):
        model.infer(FRAME)
    assert len(shelf.asked) == 2


def test_a_device_that_does_not_take_the_model(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(gpu_error=DeviceError("the device GPU does not take the model m", "why", "x"))
    assert MatteModel(GPU, "AUTO", shelf.load).device == "CPU"
    assert len(caplog.records) == 1
    with pytest.raises(DeviceError, match="does not take"):
        MatteModel(GPU, "GPU", shelf.load)
    shelf.gpu_error = None


def test_a_device_without_room_for_a_request(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(gpu_answers=-1)
    assert MatteModel(GPU, "AUTO", shelf.load).device == "CPU"
    assert "could not make the model ready, it is full, the CPU goes on in its place" in caplog.text
    with pytest.raises(DeviceError, match="it is full"):
        MatteModel(GPU, "GPU", shelf.load)


def test_a_device_that_fails_at_a_cut(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(gpu_answers=1)
    model = MatteModel(GPU, "AUTO", shelf.load)
    model.infer(FRAME)
    model.reset()
    assert str(model.infer(FRAME)) == "CPU"
    assert shelf.loaded[0].closed
    assert "could not make the model forget" in caplog.text
    model.close()
    with pytest.raises(InferenceError, match="it is gone"):
        model.reset()


def test_a_device_that_the_user_has_named_is_not_replaced() -> None:
    shelf = Shelf(gpu_answers=1)
    model = MatteModel(GPU, "GPU", shelf.load)
    model.infer(FRAME)
    with pytest.raises(InferenceError, match="it is gone"):
        model.infer(FRAME)
    assert shelf.asked == [("m", "GPU", 2)]


def test_a_cpu_that_fails_has_no_successor() -> None:
    shelf = Shelf()
    model = MatteModel(Setup("m", "CPU", 1), "AUTO", shelf.load)
    shelf.loaded[0].answers = 0
    with pytest.raises(InferenceError, match="it is gone"):
        model.infer(FRAME)
    assert shelf.asked == [("m", "CPU", 1)]


def test_a_class_model_takes_the_cpu_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def load(_model_id: str, device: str, _threads: int) -> str:
        asked.append(device)
        if device != "CPU":
            raise DeviceError("the device GPU does not take the model hair", "why", "x")
        return "loaded"

    monkeypatch.setattr(segmenter, "ClassModel", load)
    assert str(segmenter._load_class_model("hair", "AUTO", 1)) == "loaded"
    assert asked == ["AUTO", "CPU"]
    assert "does not take the model hair, why, the CPU goes on in its place" in caplog.text
    with pytest.raises(DeviceError):
        segmenter._load_class_model("hair", "GPU", 1)
