"""What ``auto`` comes to on machines that the test makes up: their devices, models and speeds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from selfieseg_engine import setup_choice
from selfieseg_engine.errors import DeviceError, RegistryError
from selfieseg_engine.measured_choice import Setup
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID, is_automatic
from selfieseg_engine.registry.manifest import Manifest, ModelOutput, State
from selfieseg_engine.registry.measurements import Times, measurements_path
from selfieseg_engine.setup_choice import choose_setup

MakeManifest = Callable[..., Manifest]
GENERAL = "selfie_segmentation"


@dataclass
class FakeMachine:
    """``times`` are what a probe finds; ``probes`` what was probed."""

    devices: dict[str, str] = field(default_factory=lambda: {"CPU": "a processor"})
    times: dict[str, Times] = field(default_factory=dict)
    here: set[str] = field(default_factory=lambda: {DEFAULT_MODEL_ID, GENERAL})
    probes: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def probe(
        self, manifests: Iterable[Manifest], devices: Sequence[str], _budget: float
    ) -> dict[str, Times]:
        ids = [each.id for each in manifests]
        self.probes.append((ids, list(devices)))
        return {
            each: {device: times for device, times in self.times[each].items() if device in devices}
            for each in ids
            if each in self.times
        }


@pytest.fixture
def machine(make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    made = FakeMachine(times={DEFAULT_MODEL_ID: {"CPU": {1: 2.0}}, GENERAL: {"CPU": {1: 5.0}}})
    models = {
        DEFAULT_MODEL_ID: make_manifest(id=DEFAULT_MODEL_ID, iou=0.85),
        GENERAL: make_manifest(id=GENERAL, iou=0.87),
        "hair": make_manifest(id="hair", output=ModelOutput("y", "logits", "NHWC", 2, (), ("rest", "hair"))),
    }

    def get(model_id: str) -> Manifest:
        if model_id not in models:
            raise RegistryError("no", "such", "model")
        return models[model_id]

    registry = SimpleNamespace(manifests=tuple(models.values()), get=get)
    monkeypatch.setattr(setup_choice, "default_registry", lambda: registry)
    monkeypatch.setattr(setup_choice, "is_converted", lambda manifest: manifest.id in made.here)
    monkeypatch.setattr(setup_choice, "device_names", lambda: made.devices)
    monkeypatch.setattr(setup_choice, "probe", made.probe)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    return made


def test_auto_measures_once_and_remembers(machine: FakeMachine) -> None:
    assert choose_setup(measures=False) == Setup(DEFAULT_MODEL_ID, "CPU", 1)
    assert machine.probes == [], "looking is not measuring"
    assert choose_setup() == Setup(GENERAL, "CPU", 1)
    assert choose_setup() == choose_setup(measures=False) == Setup(GENERAL, "CPU", 1)
    assert machine.probes == [([DEFAULT_MODEL_ID, GENERAL], ["CPU"])]


def test_a_slower_machine_has_another_model(machine: FakeMachine) -> None:
    machine.times[GENERAL] = {"CPU": {1: 30.0}}
    assert choose_setup() == Setup(DEFAULT_MODEL_ID, "CPU", 1)


def test_another_device_is_measured_anew(machine: FakeMachine) -> None:
    choose_setup()
    machine.devices = {"CPU": "a processor", "GPU.0": "a new card"}
    machine.times[DEFAULT_MODEL_ID] |= {"GPU": {1: 1.0}}
    machine.times[GENERAL] |= {"GPU": {1: 3.0}}
    assert choose_setup() == Setup(GENERAL, "GPU", 1)
    assert machine.probes[1:] == [([DEFAULT_MODEL_ID, GENERAL], ["CPU", "GPU"])]


def test_where_nothing_can_be_measured_it_is_the_default(machine: FakeMachine) -> None:
    machine.here.clear()
    assert choose_setup() == Setup(DEFAULT_MODEL_ID, "CPU", 1)
    assert choose_setup(threads=3) == Setup(DEFAULT_MODEL_ID, "CPU", 3)
    assert not measurements_path().exists()


def test_what_is_named_is_kept_and_not_measured(machine: FakeMachine) -> None:
    assert choose_setup(GENERAL) == Setup(GENERAL, "CPU", 1)
    assert choose_setup(GENERAL, "CPU", 2) == Setup(GENERAL, "CPU", 2)
    machine.devices = {"CPU": "a processor", "GPU": "a card"}
    assert choose_setup(GENERAL, "GPU") == Setup(GENERAL, "GPU", 1)
    assert machine.probes == []
    with pytest.raises(DeviceError, match="OpenVINO finds only CPU, GPU here"):
        choose_setup(GENERAL, "NPU")
    with pytest.raises(DeviceError, match="no device is called 'ABACUS'"):
        choose_setup(device="ABACUS")
    with pytest.raises(RegistryError):
        choose_setup("nope")
    with pytest.raises(RegistryError, match="gives no mattes"):
        choose_setup("hair")


def test_a_named_model_is_measured_where_there_is_more_than_the_cpu(machine: FakeMachine) -> None:
    machine.devices = {"CPU": "a processor", "GPU": "a card"}
    machine.times[GENERAL] = {"CPU": {1: 5.0}, "GPU": {1: 4.0}}
    assert choose_setup(GENERAL) == choose_setup(GENERAL) == Setup(GENERAL, "GPU", 1)
    assert machine.probes == [([GENERAL], ["CPU", "GPU"])]
    machine.here.clear()
    assert choose_setup(DEFAULT_MODEL_ID) == Setup(DEFAULT_MODEL_ID, "CPU", 1), "it must be fetched first"
    assert len(machine.probes) == 1


def test_auto_on_a_named_device(machine: FakeMachine) -> None:
    choose_setup()  # the CPU's times are known
    machine.devices = {"CPU": "a processor", "NPU": "a chip"}
    machine.times[DEFAULT_MODEL_ID] |= {"NPU": {1: 3.0}}
    assert choose_setup(device="NPU") == Setup(DEFAULT_MODEL_ID, "NPU", 1)
    assert choose_setup(device="CPU") == Setup(GENERAL, "CPU", 1)
    assert [devices for _, devices in machine.probes] == [["CPU"], ["NPU"], ["CPU"]]


def test_two_that_ask_at_once_measure_once(machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(manifests: Iterable[Manifest], devices: Sequence[str], budget: float) -> dict[str, Times]:
        begun.set()
        assert may_end.wait(10)
        return machine.probe(manifests, devices, budget)

    monkeypatch.setattr(setup_choice, "probe", slow)
    found: list[Setup] = []
    threads = [threading.Thread(target=lambda: found.append(choose_setup())) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert found == [Setup(GENERAL, "CPU", 1)] * 3
    assert len(machine.probes) == 1


def test_a_data_directory_that_cannot_be_written_does_not_matter(
    machine: FakeMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(tmp_path / "file"))
    assert choose_setup() == Setup(GENERAL, "CPU", 1)
    assert len(machine.probes) == 1
    assert "cannot be kept" in caplog.text


def test_which_models_auto_may_mean(make_manifest: MakeManifest) -> None:
    good = make_manifest(iou=0.9)
    assert is_automatic(good)
    classes = ModelOutput("y", "logits", "NHWC", 2, (1,), ("rest", "person"))
    fed = replace(good.input, previous_mask="person")
    for other in (
        {"iou": None},
        {"non_commercial": True},
        {"states": (State("r1", "r1o", (1, 1)),)},
        {"input": fed},
        {"output": replace(good.output, person=())},
        {"output": classes},
    ):
        assert not is_automatic(replace(good, **other))
