from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from selfieseg_engine.cli.main import cli
from selfieseg_engine.cli.models_measure import lines_of
from selfieseg_engine.errors import DeviceError
from selfieseg_engine.inference import probe
from selfieseg_engine.registry.measurements import measured_ms, measurements_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["models", *arguments])


def answer(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    parsed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return parsed


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_RUNS", 1)


@pytest.mark.usefixtures("quick")
def test_what_was_fetched_is_measured(real_model: str) -> None:
    assert answer(run("measure", "--json"))["models"] == [], "nothing was fetched yet"
    assert not measurements_path().exists()
    run("fetch", real_model)
    done = run("measure")
    assert done.exit_code == 0, done.output
    assert re.search(rf"^{real_model}: CPU [\d.]+ ms \(1 thread\)", done.stdout, re.M)
    assert f"auto: {real_model} on CPU, " in done.stdout
    assert measured_ms(real_model) is not None


@pytest.mark.usefixtures("quick")
def test_new_ones_only(real_model: str) -> None:
    run("fetch", real_model)
    first = answer(run("measure", real_model, "--json"))
    record = measurements_path().read_bytes()
    again = answer(run("measure", "--new", "--json"))
    assert measurements_path().read_bytes() == record
    assert again == first
    (model,) = again["models"]
    assert model["id"] == real_model
    assert set(model["ms"]["CPU"]) <= {"1", "2"}
    assert again["auto"]["device"] == "CPU"


@pytest.mark.usefixtures("offline")
def test_nothing_is_downloaded_for_it() -> None:
    done = run("measure", "selfie_segmentation")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: not measured: selfie_segmentation, their weights are not on this")
    assert "selfieseg models fetch selfie_segmentation" in done.stderr
    assert run("measure", "nope").stderr.startswith("error: no model is called 'nope'")


@pytest.mark.usefixtures("quick")
def test_a_record_that_cannot_be_written(
    real_model: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("fetch", real_model)
    (data_dir / "measurements.json").mkdir()
    done = run("measure", real_model)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith(
        f"error: {data_dir / 'measurements.json'} cannot be written"
    )


def test_the_lines_for_people() -> None:
    times = {"CPU": {1: 4.21, 2: 3.0}, "GPU": {1: 1.0}}
    assert lines_of("m", times, {"NPU": DeviceError("it", "does", "not")}) == [
        "m: CPU 4.2 ms (1 thread), 3.0 ms (2 threads)",
        "m: GPU 1.0 ms",
        "m: not on NPU: it, does, not",
    ]
