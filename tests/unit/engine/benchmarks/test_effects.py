from __future__ import annotations

import json

from click.testing import CliRunner

from selfieseg_engine.benchmarks.effects import BASE, LOOKS, Samples, make_report, make_scene
from selfieseg_engine.cli.main import cli
from selfieseg_engine.composite.class_weights import CLOTHES, weigh_class
from selfieseg_engine.composite.compose import make_person


def test_the_report_is_the_contracts() -> None:
    done = CliRunner().invoke(cli, ["bench", "effects", "--frames", "1", "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout.splitlines()[-1])
    assert set(report) == {"command", "machine", "model", "frame", "rows", "ratios"}
    assert (report["command"], report["frame"]) == ("bench effects", "1280x720")
    assert [row["name"] for row in report["rows"]] == list(LOOKS)
    assert all(
        set(row) == {"name", "n", "median_ms", "p95_ms", "cpu_ms_per_frame"} and row["n"] == 1
        for row in report["rows"]
    )


def test_medians_and_ratios() -> None:
    samples = {
        BASE: Samples([1.0, 2.0, 9.0], [1.0, 1.0, 4.0]),
        "color": Samples([4.0, 4.0, 5.0], [3.0, 2.0, 2.5]),
    }
    report = make_report({}, samples)
    assert report["rows"][0] == {
        "name": "none",
        "n": 3,
        "median_ms": 2.0,
        "p95_ms": 9.0,
        "cpu_ms_per_frame": 1.0,
    }
    assert report["ratios"] == {"color_over_none": 2.5}


def test_the_scene_has_a_person_with_every_class() -> None:
    scene = make_scene()
    person = make_person(scene.mask, scene.frame_bgr, LOOKS[BASE])
    assert 0.15 < (person > 127).mean() < 0.5
    for index in range(CLOTHES + 1):
        found = weigh_class(scene.class_planes, index, person)
        assert found is not None
        assert found.weight.max() == 255


def test_people_get_a_table() -> None:
    done = CliRunner().invoke(cli, ["bench", "effects", "--frames", "1"])
    assert done.exit_code == 0
    assert "blur_50" in done.stdout
