"""What ``auto`` and the devices come to in a real engine, one of whose devices is made up by the test."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from selfieseg_engine.inference.compiling import device_names
from selfieseg_engine.inference.convert import converted_model
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID
from selfieseg_engine.registry.measurements import Times, add_times, machine_facts, measurements_path
from selfieseg_engine.registry.obtain import obtain_weights
from selfieseg_engine.registry.registry import default_registry
from selfieseg_wire.messages import Error, Matte
from tests.engine.harness import LOAD_SECONDS, Engine, FilterClient, StartEngine, U8Image
from tests.engine.two_devices import TAKES_NO_MODEL, TAKES_NO_REQUEST

GENERAL = "selfie_segmentation"
RAW = "refine_edges=0\nsmoothing=0"
DEVICES = {"CPU": device_names()["CPU"], "GPU.0": "A card"}


@pytest.fixture
def times(environment: dict[str, str]) -> Iterator[Path]:
    """Return where the measurements of all tests here are kept; theirs are put back afterwards."""
    path = measurements_path()
    before = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)
    if before is not None:
        path.write_bytes(before)


@pytest.fixture
def start_two_devices(environment: dict[str, str], run_dir: Path) -> Iterator[Any]:
    """Return what starts an engine whose GPU fails after so many inferences."""
    engines: list[Engine] = []

    def start(runs: int, *words: str) -> Engine:
        variables = {**environment, "PYTHONPATH": os.pathsep.join(("engine", "."))}
        engines.append(Engine(run_dir, variables, (str(runs), *words), ("tests.engine.two_devices",)))
        return engines[-1]

    yield start
    for engine in engines:
        engine.clean_up()


def remember(devices: dict[str, str], **measured: Times) -> None:
    add_times(machine_facts(devices), measured, default_registry().manifests)


def next_matte(client: FilterClient, told: list[Error]) -> Matte:
    """Return the next matte; errors before it are added to ``told``."""
    while not isinstance(message := client.client.receive(LOAD_SECONDS), Matte):
        if isinstance(message, Error):
            told.append(message)
    return message


@pytest.fixture
def gpu_client(run_dir: Path) -> Iterator[Any]:
    """Return what opens a session on the GPU."""
    clients: list[FilterClient] = []

    def open_on(engine: Engine, session: int = 1, device: str = "GPU") -> FilterClient:
        client = FilterClient(engine.client(f"filter {session}"), run_dir, session)
        clients.append(client)
        client.open(device=device, look=RAW)
        return client

    yield open_on
    for client in clients:
        client.close()


@pytest.mark.usefixtures("real_model", "times")
def test_a_stream_goes_on_on_the_cpu(
    start_two_devices: Any, gpu_client: Any, astronaut_rgb: U8Image, engine_data_dir: Path
) -> None:
    engine = start_two_devices(6)
    client = gpu_client(engine)
    assert client.opened.device == "GPU.0"
    (session,) = json.loads(engine.stats())["sessions"]
    assert session["device"] == "GPU.0"
    mattes = []
    told: list[Error] = []
    for index in range(10):
        frame = client.put(np.roll(astronaut_rgb, 9 * index, axis=1), index % 4)
        client.client.send(frame)
        answer = next_matte(client, told)
        assert answer.seq == frame.seq, "no frame is lost on the way to the CPU"
        mattes.append(client.matte(answer))
    assert [error.code for error in told] == ["device_failed"]
    assert all(0.1 < (matte > 127).mean() < 0.9 for matte in mattes)
    (session,) = json.loads(engine.stats())["sessions"]
    assert session["device"] == "CPU"

    # Another filter on that GPU is told, and the GPU is left alone.
    other = FilterClient(engine.client("other"), client.region.path.parent, 2)
    try:
        assert other.open(device="GPU", look=RAW).device == "CPU"
        told.append(other.client.wait_for(Error, LOAD_SECONDS))
    finally:
        other.close()
    reason = "the device GPU.0 failed: OpenVINO could not run the model, CL_DEVICE_NOT_AVAILABLE"
    assert [error.text for error in told] == [f"{reason}, the CPU goes on in its place"] * 2
    log = (engine_data_dir / "logs" / "engine.log").read_text(encoding="utf-8")
    assert log.count("CL_DEVICE_NOT_AVAILABLE") == 1


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        (TAKES_NO_MODEL, "does not take the model"),
        (TAKES_NO_REQUEST, "could not make the model ready, CL_MEM_OBJECT_ALLOCATION_FAILURE"),
    ],
)
@pytest.mark.usefixtures("real_model", "times")
def test_a_device_that_takes_no_model(
    start_two_devices: Any, gpu_client: Any, astronaut_rgb: U8Image, runs: int, reason: str
) -> None:
    client = gpu_client(start_two_devices(runs))
    assert client.opened.device == "CPU"
    told = client.client.wait_for(Error, LOAD_SECONDS)
    assert told.code == "device_failed"
    assert reason in told.text
    client.segment(astronaut_rgb)


@pytest.mark.usefixtures("real_model", "times")
def test_a_device_that_hangs(
    start_two_devices: Any, gpu_client: Any, astronaut_rgb: U8Image, run_dir: Path, engine_data_dir: Path
) -> None:
    """Its thread cannot be freed and keeps others waiting: the engine ends, and the next does without."""
    first = start_two_devices(3, "hangs")
    client = FilterClient(first.client("filter"), run_dir, 1)
    try:
        assert client.open(device="GPU", look=RAW).device == "GPU.0"
        client.segment(astronaut_rgb)
        client.segment(np.roll(astronaut_rgb, 9, axis=1))
        client.client.send(client.put(np.roll(astronaut_rgb, 18, axis=1), 0))
        first.process.wait(LOAD_SECONDS)
    finally:
        client.close(says_so=False)
    assert first.process.returncode == 3
    log = (engine_data_dir / "logs" / "engine.log").read_text(encoding="utf-8")
    assert "the device GPU.0 does not answer any more" in log

    second = start_two_devices(1000)
    client = gpu_client(second, 2)
    assert client.opened.device == "CPU"
    told = client.client.wait_for(Error, LOAD_SECONDS)
    expected = "the device GPU.0 failed: no answer comes, its driver hangs, the CPU goes on in its place"
    assert (told.code, told.text) == ("device_failed", expected)
    client.segment(astronaut_rgb)
    assert not (run_dir / "hung_device.json").exists()


@pytest.mark.usefixtures("real_model", "times")
def test_auto_takes_the_device_that_was_measured_to_be_quicker(
    start_two_devices: Any, gpu_client: Any
) -> None:
    remember(DEVICES, **{DEFAULT_MODEL_ID: {"CPU": {1: 9.0}, "GPU": {1: 2.0}}})
    engine = start_two_devices(1000)
    assert gpu_client(engine, 1, "AUTO").opened.device == "GPU.0"
    assert gpu_client(engine, 2, "CPU").opened.device == "CPU"


def test_a_gpu_that_is_not_there(engine: Engine, gpu_client: Any, astronaut_rgb: U8Image) -> None:
    client = gpu_client(engine, device="NPU")
    assert client.opened.device == "CPU"
    told = client.client.wait_for(Error, LOAD_SECONDS)
    assert told.code == "device_failed"
    assert "the device NPU cannot be used, OpenVINO finds only" in told.text
    client.segment(astronaut_rgb)


@pytest.mark.usefixtures("real_model")
def test_auto_is_what_the_record_says(start_engine: StartEngine, times: Path) -> None:
    """Where it was measured nothing is measured again: the record stays as it is."""
    slow, quick = {"CPU": {1: 70.0}}, {"CPU": {1: 0.1}}
    for model_id in (DEFAULT_MODEL_ID, GENERAL):
        converted_model(manifest := default_registry().get(model_id), obtain_weights(manifest))
    for expected, measured in (
        (DEFAULT_MODEL_ID, {DEFAULT_MODEL_ID: quick, GENERAL: slow}),
        (GENERAL, {DEFAULT_MODEL_ID: quick, GENERAL: quick}),
    ):
        times.unlink(missing_ok=True)
        remember(device_names(), **measured)
        record = times.read_bytes()
        engine = start_engine()
        with engine.filter(model="auto") as client:
            assert client.opened is not None
            assert client.opened.model == expected
        assert times.read_bytes() == record
        engine.end()
