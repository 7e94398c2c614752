from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from selfieseg_engine.registry import measurements
from selfieseg_engine.registry.manifest import Digest, Manifest
from selfieseg_engine.registry.measurements import (
    add_times,
    machine_facts,
    measured_ms,
    measurements_path,
    read_times,
)

MakeManifest = Callable[..., Manifest]
DEVICES = {"CPU": "a processor"}
TIMES = {"CPU": {1: 4.5, 2: 3.0}}


@pytest.fixture
def tiny(make_manifest: MakeManifest) -> Manifest:
    return make_manifest()


def test_what_was_measured_is_known(tiny: Manifest, make_manifest: MakeManifest) -> None:
    facts = machine_facts(DEVICES)
    other = make_manifest(id="other")
    assert read_times(facts, (tiny,)) == {}
    assert measured_ms("tiny") is None
    add_times(facts, {"tiny": TIMES}, (tiny,))
    add_times(facts, {"other": {"GPU": {1: 2.0}}}, (tiny, other))
    add_times(facts, {"tiny": {"GPU": {1: 9.0}}}, (tiny,))
    assert read_times(facts, (tiny, other)) == {
        "tiny": {**TIMES, "GPU": {1: 9.0}},
        "other": {"GPU": {1: 2.0}},
    }
    assert (measured_ms("tiny"), measured_ms("other"), measured_ms("nope")) == (3.0, 2.0, None)
    assert [path.name for path in measurements_path().parent.iterdir()] == [measurements_path().name]


@pytest.mark.parametrize(
    "another",
    [{"devices": {"CPU": "a processor", "GPU": "new"}}, {"openvino": "9"}, {"product": "9"}, {"cores": 99}],
)
def test_another_machine_or_version_knows_nothing(tiny: Manifest, another: dict[str, Any]) -> None:
    facts = machine_facts(DEVICES)
    add_times(facts, {"tiny": TIMES}, (tiny,))
    assert read_times(facts | another, (tiny,)) == {}
    add_times(facts | another, {"tiny": {"GPU": {1: 2.0}}}, (tiny,))
    assert read_times(facts | another, (tiny,)) == {"tiny": {"GPU": {1: 2.0}}}, "the old times are gone"
    assert read_times(facts, (tiny,)) == {}
    is_seen_without_openvino = "devices" not in another
    assert (measured_ms("tiny") is None) == is_seen_without_openvino


def test_another_processor_is_seen(tiny: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    add_times(machine_facts(DEVICES), {"tiny": TIMES}, (tiny,))
    monkeypatch.setattr(measurements, "this_processor", lambda: "another")
    assert measured_ms("tiny") is None
    assert read_times(machine_facts(DEVICES), (tiny,)) == {}


def test_other_weights_are_another_model(tiny: Manifest) -> None:
    facts = machine_facts(DEVICES)
    add_times(facts, {"tiny": TIMES}, (tiny,))
    changed = replace(tiny, file=replace(tiny.file, digest=Digest("sha256", "0" * 64)))
    assert read_times(facts, (changed,)) == {}
    add_times(facts, {"tiny": {"GPU": {1: 1.0}}}, (changed,))
    assert read_times(facts, (changed,)) == {"tiny": {"GPU": {1: 1.0}}}


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        '{"machine": 1, "models": {}}',
        '{"models": {}}',
        '"tiny"',
        "\xff",
        {"tiny": {"weights": "x"}},
        {"tiny": {"weights": 1, "ms": {"CPU": {"1": 1.0}}}},
        {"tiny": {"weights": "x", "ms": {}}},
        {"tiny": {"weights": "x", "ms": {"CPU": {}}}},
        {"tiny": {"weights": "x", "ms": {"CPU": {"one": 1.0}}}},
        {"tiny": {"weights": "x", "ms": {"CPU": {"1": "soon"}}}},
        {"tiny": {"weights": "x", "ms": {"CPU": {"1": -1.0}}}},
        {"tiny": {"weights": "x", "ms": {"CPU": {"1": float("nan")}}}},
        {"tiny": {"weights": "x", "ms": ["CPU"]}},
        {"tiny": None},
    ],
)
def test_a_damaged_file_is_none_and_is_replaced(tiny: Manifest, damage: str | dict[str, Any]) -> None:
    facts = machine_facts(DEVICES)
    path: Path = measurements_path()
    path.parent.mkdir(parents=True)
    text = damage if isinstance(damage, str) else json.dumps({"machine": facts, "models": damage})
    path.write_bytes(text.encode("latin-1"))
    assert measured_ms("tiny") is None
    assert read_times(facts, (tiny,)) == {}
    add_times(facts, {"tiny": TIMES}, (tiny,))
    assert read_times(facts, (tiny,)) == {"tiny": TIMES}
