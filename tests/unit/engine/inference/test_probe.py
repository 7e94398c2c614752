"""What is measured, in which order, and when it stops: with a measure and a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from selfieseg_engine.errors import DeviceError, ObtainError
from selfieseg_engine.inference import probe as probe_module
from selfieseg_engine.inference.probe import measure_model, median_ms, probe, times_everywhere, times_on
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.registry import default_registry

MakeManifest = Callable[..., Manifest]


class Bench:
    """Answers times by (model, device, threads); every measurement takes a second."""

    def __init__(self, times: dict[tuple[str, str, int], float]) -> None:
        self.times = times
        self.asked: list[tuple[str, str, int]] = []
        self.now = 0.0

    def measure(self, manifest: Manifest, device: str, threads: int) -> float:
        asked = manifest.id, device, threads
        self.asked.append(asked)
        self.now += 1
        if asked not in self.times:
            raise DeviceError("the device", "does not", "take it")
        return self.times[asked]


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)


@pytest.mark.usefixtures("eight_cores")
def test_quick_models_first_and_the_cpu_first(make_manifest: MakeManifest) -> None:
    bench = Bench(
        {("a", "CPU", 1): 2, ("b", "CPU", 1): 3, ("c", "CPU", 1): 12, ("c", "CPU", 2): 7, ("a", "GPU", 1): 1}
    )
    manifests = [
        make_manifest(id="c", cost="medium", iou=0.9),
        make_manifest(id="b", cost="low", iou=0.7),
        make_manifest(id="a", cost="low", iou=0.8),
    ]
    found = probe(manifests, ["CPU", "GPU"], 100, bench.measure, lambda: bench.now)
    assert found == {"a": {"CPU": {1: 2}, "GPU": {1: 1}}, "b": {"CPU": {1: 3}}, "c": {"CPU": {1: 12, 2: 7}}}
    assert bench.asked[:4] == [("a", "CPU", 1), ("b", "CPU", 1), ("c", "CPU", 1), ("c", "CPU", 2)]
    assert bench.asked[4:] == [(name, "GPU", 1) for name in "abc"]


def test_nothing_is_begun_after_the_budget(make_manifest: MakeManifest) -> None:
    bench = Bench({(name, "CPU", 1): 1.0 for name in "abcd"})
    manifests = [make_manifest(id=name) for name in "abcd"]
    found = probe(manifests, ["CPU"], 2.5, bench.measure, lambda: bench.now)
    assert sorted(found) == ["a", "b", "c"]
    assert probe(manifests, ["CPU"], 0, bench.measure, lambda: bench.now) == {}


def test_where_no_cheap_model_fits_no_dear_one_is_tried(make_manifest: MakeManifest) -> None:
    bench = Bench({("a", "CPU", 1): 70, ("b", "CPU", 1): 600, ("b", "GPU", 1): 9})
    manifests = [make_manifest(id="a", cost="low"), make_manifest(id="b", cost="high")]
    found = probe(manifests, ["CPU", "GPU"], 100, bench.measure, lambda: bench.now)
    assert found == {"a": {"CPU": {1: 70}}, "b": {"GPU": {1: 9}}}, "where none could be measured, it is"


def test_everywhere_tells_why_not(make_manifest: MakeManifest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    bench = Bench({("tiny", "CPU", 1): 2, ("tiny", "CPU", 2): 1})
    times, troubles = times_everywhere(make_manifest(), ["CPU", "NPU"], bench.measure)
    assert times == {"CPU": {1: 2, 2: 1}}
    assert {device: str(error) for device, error in troubles.items()} == {
        "NPU": "the device, does not, take it"
    }
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert times_everywhere(make_manifest(), ["CPU"], bench.measure) == ({"CPU": {1: 2}}, {})


def test_the_median_of_some_runs() -> None:
    now, runs = [0.0], [0]
    durations = iter([9, 9, 9, 0.001, 0.004, 0.002, *[0.002] * 99])

    def run() -> None:
        runs[0] += 1
        now[0] += next(durations)

    assert median_ms(run, lambda: now[0]) == 2.0
    assert runs[0] == 3 + 10
    durations = iter([0, 0, 0, 0.2, 0.3, 0.1])
    assert median_ms(run, lambda: now[0]) == 250.0, "a slow one runs less often"


@pytest.mark.parametrize("model_id", ["selfie_segmentation_landscape", "hair_segmentation"])
def test_matte_and_class_models_can_be_measured(
    model_id: str, hair_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hair_model == "hair_segmentation"  # the fixture that makes both obtainable
    monkeypatch.setattr(probe_module, "_RUNS", 1)
    assert measure_model(default_registry().get(model_id), "CPU", 1) > 0


@pytest.mark.usefixtures("offline")
def test_a_model_that_cannot_be_had_is_left_out() -> None:
    manifest = default_registry().get("selfie_segmentation")
    with pytest.raises(ObtainError):
        measure_model(manifest, "CPU", 1)
    assert times_on(manifest, "CPU", 2) == {}
