"""``--compare`` and ``--picture`` of the speed benchmarks, whose measuring is replaced: it takes minutes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.unit.engine.benchmarks.bench_reports import report, row

from selfieseg_engine.benchmarks import effects, graphics_thread
from selfieseg_engine.benchmarks.speed import engine_run, peers_run, scale_run
from selfieseg_engine.cli import bench_speed
from selfieseg_engine.cli.main import cli

MEASURES = {
    "engine": (engine_run, "measure_engine"),
    "peers": (peers_run, "measure_peers"),
    "scale": (scale_run, "measure_scale"),
    "obs": (graphics_thread, "measure_graphics_thread"),
    "effects": (effects, "measure_effects"),
}
each_command = pytest.mark.parametrize("command", MEASURES)


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have every benchmark answer at once; return a list of those that ran."""
    ran: list[str] = []

    def measure(command: str) -> dict[str, Any]:
        ran.append(command)
        rows = row("none", 5.0, 5.5), row("hair", 8.0, 8.5), row("blur", 30.0, 32.0)
        return report(*rows, command=f"bench {command}", ratios={"hair_over_none": 6.0})

    for command, (module, name) in MEASURES.items():
        monkeypatch.setattr(module, name, lambda *_, command=command, **__: measure(command))
    monkeypatch.setattr(bench_speed, "_id", lambda model: model)
    return ran


def run(command: str, *arguments: object) -> Result:
    return CliRunner().invoke(cli, ["bench", command, *map(str, arguments)])


def old_file(folder: Path, command: str) -> Path:
    """Write a report that was twice as slow."""
    path = folder / "old.json"
    rows = row("none", 10.0, 11.0), row("hair", 8.0, 9.0), row("gone", 1.0, 1.0)
    machine = {"date": "2026-11-01", "processor": "Old", "cores": 2}
    old = report(*rows, command=f"bench {command}", machine=machine, ratios={"hair_over_none": 6.0})
    path.write_text(json.dumps(old), encoding="utf-8")
    return path


@each_command
def test_people_get_the_table_and_json_is_the_contracts(command: str, measured: list[str]) -> None:
    done = run(command)
    assert done.exit_code == 0, done.output
    head, first, *_, ratio = done.stdout.splitlines()
    assert [title in head for title in (" n ", "median ms", "95 % ms", "CPU ms")] == [True] * 4
    assert first.split() == ["none", "100", "5.000", "5.500", "5.000"]
    assert ratio == "hair over none: 6.0"
    answer = json.loads(run(command, "--json").stdout)
    assert set(answer) == {"command", "machine", "model", "frame", "rows", "ratios"}
    assert measured == [command] * 2


@each_command
def test_json_has_what_is_compared(command: str, tmp_path: Path) -> None:
    path = old_file(tmp_path, command)
    done = run(command, "--compare", path, "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["command"] == f"bench {command}"
    compared = answer["compared"]
    assert compared["file"] == str(path)
    assert compared["rows"][0] == {
        "name": "none",
        "old_median_ms": 10.0,
        "new_median_ms": 5.0,
        "change_percent": -50.0,
        "noise_percent": 10.0,
        "larger_than_noise": True,
    }
    assert compared["ratios"][0]["larger_than_noise"] is False
    assert compared["machine_differences"] == [{"name": "processor", "old": "Old", "new": "Fast"}]
    assert (compared["only_old"]["rows"], compared["only_new"]["rows"]) == (["gone"], ["blur"])


def test_people_get_the_comparison_below_the_table(tmp_path: Path) -> None:
    lines = run("effects", "--compare", old_file(tmp_path, "effects")).stdout.splitlines()
    assert lines.index("hair over none: 6.0") < lines.index("another machine: processor was Old, is Fast")
    assert any(line.startswith("none") and line.endswith("faster") for line in lines)


@each_command
def test_a_wrong_file_fails_before_anything_is_measured(
    command: str, tmp_path: Path, measured: list[str]
) -> None:
    other = "obs" if command != "obs" else "scale"
    for option, path in (
        ("--compare", old_file(tmp_path, other)),
        ("--compare", tmp_path / "none.json"),
        ("--picture", tmp_path / "nowhere" / "x.png"),
    ):
        done = run(command, option, path)
        assert done.exit_code == 1
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
        assert str(path) in done.stderr
    assert measured == []


@each_command
def test_a_picture(command: str, tmp_path: Path) -> None:
    done = run(command, "--picture", tmp_path / "plain.png")
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(f"picture: {tmp_path / 'plain.png'}\n")
    old = old_file(tmp_path, command)
    done = run(command, "--picture", tmp_path / "both.png", "--compare", old, "--json")
    assert done.exit_code == 0, done.output
    assert "compared" in json.loads(done.stdout), "JSON is all there is on stdout"
    plain, both = ((tmp_path / name).read_bytes() for name in ("plain.png", "both.png"))
    assert plain.startswith(b"\x89PNG")
    assert both.startswith(b"\x89PNG")
    assert both != plain


def test_a_disk_that_fills_up_meanwhile_costs_no_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("selfieseg_engine.benchmarks.picture_file.write_bytes_atomically", full)
    done = run("effects", "--picture", tmp_path / "x.png", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["rows"][0]["name"] == "none"
    assert "No space left on device" in done.stderr


def test_help_waits_for_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "import selfieseg_engine.cli.bench\n"
        "print({'cv2', 'openvino', 'matplotlib', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
