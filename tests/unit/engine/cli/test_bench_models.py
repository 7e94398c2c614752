"""``selfieseg bench models`` from end to end, with models of the user's own that see brightness."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result
from tests.unit.engine.benchmarks.quality.shapes import disc, write_frame, write_grey
from tests.unit.engine.conftest import MakeManifest
from tests.unit.engine.tiny_onnx import linear_model

from selfieseg_engine.benchmarks.models.memory_growth import memory_growth_mb
from selfieseg_engine.cli.main import cli
from selfieseg_engine.errors import UserError
from selfieseg_engine.registry.cache_paths import models_dir
from selfieseg_engine.registry.manifest import ModelInput, ModelOutput
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME
from selfieseg_engine.registry.manifest_text import manifest_text

WIDTH, HEIGHT = 64, 36
INPUT = ModelInput("x", WIDTH, HEIGHT, "NHWC", "RGB", (0.0,) * 3, (255.0,) * 3, "stretch")
MATTE = ModelOutput("y", "logits", "NHWC", 2, (1,))
HAIR = ModelOutput("y", "logits", "NHWC", 2, (), ("background", "hair"))
# Logits of a pixel: nothing for the background, this much for what is bright.
BRIGHT = np.array([[0, 20], [0, 20], [0, 20]], np.float32)


@pytest.fixture
def add_model(make_manifest: MakeManifest) -> Callable[..., None]:
    """Return what gives this test's data directory a model: bright pixels, above a threshold of 0…1."""

    def add(model_id: str, threshold: float, output: ModelOutput = MATTE, content: bytes = b"") -> None:
        bias = np.array([0, -60 * threshold], np.float32)
        content = content or linear_model(HEIGHT, WIDTH, BRIGHT, bias)
        facts = make_manifest(content, id=model_id, input=INPUT, output=output)
        facts = replace(facts, file=replace(facts.file, name=f"{model_id}.onnx"))
        folder = models_dir() / model_id
        folder.mkdir(parents=True)
        (folder / facts.file.name).write_bytes(content)
        (folder / MANIFEST_NAME).write_text(manifest_text(facts), encoding="utf-8")

    return add


@pytest.fixture
def models(add_model: Callable[..., None]) -> None:
    """Have a model that sees people, one that sees nobody, and one for hair."""
    add_model("tiny", 0.5)
    add_model("tiny_blind", 2.0)
    add_model("tiny_hair", 0.5, HAIR)


@pytest.fixture
def photos(tmp_path: Path) -> list[object]:
    """Write three photos, two of them portraits, the first with a soft matte. Return the options."""
    people = {"near": disc(radius=60), "middle": disc(radius=55), "far": disc(radius=20)}
    for name, seen in people.items():
        write_frame(tmp_path / "images" / f"{name}.png", seen)
        write_grey(tmp_path / "masks" / f"{name}.png", seen)
    write_grey(tmp_path / "soft" / "near.png", people["near"])
    return ["--images", tmp_path / "images", "--masks", tmp_path / "masks", "--mattes", tmp_path / "soft"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["bench", "models", "--rounds", "1", *map(str, arguments)])


def answer(*arguments: object) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout.splitlines()[-1]))


def failure(done: Result) -> str:
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.usefixtures("models")
def test_all_models_at_hand(photos: list[object]) -> None:
    report = answer(*photos)
    assert set(report) == {"command", "machine", "model", "frame", "rows", "ratios", "left_out", "photos"}
    assert (report["command"], report["frame"], report["left_out"]) == ("bench models", "320x180", {})
    rows = {row["name"]: row for row in report["rows"]}
    assert list(rows) == ["tiny", "tiny_blind", "tiny_hair"]
    assert rows["tiny"]["all"]["raw"]["iou"] > 0.85
    assert rows["tiny"]["portraits"]["refined"]["iou"] > 0.95
    assert rows["tiny"]["all"]["refined"]["mad"] < 0.02
    assert rows["tiny_blind"]["all"]["raw"]["iou"] == rows["tiny_blind"]["all"]["refined"]["iou"] == 0
    assert (rows["tiny"]["all"]["n"], rows["tiny"]["portraits"]["n"]) == (3, 2)
    assert rows["tiny_hair"]["all"] is None
    assert {photo["file"]: photo["portrait"] for photo in report["photos"]} == {
        "far": False, "middle": True, "near": True,
    }  # fmt: skip
    for row in report["rows"]:
        assert row["n"] >= 1
        assert row["median_ms"] > 0
        assert row["median_ms_2_threads"] > 0
        assert row["memory_mb"] > 0
        assert row["input"] == "64x36"
        assert row["file_bytes"] == (models_dir() / row["name"] / f"{row['name']}.onnx").stat().st_size
    assert set(report["ratios"]) == {"median_ms_tiny_blind_over_tiny", "median_ms_tiny_hair_over_tiny"}


@pytest.mark.usefixtures("models")
def test_named_models_and_a_table_for_people(photos: list[object]) -> None:
    done = run(*photos, "--model", "tiny_blind", "--model", "tiny_hair")
    assert done.exit_code == 0, done.output
    assert "2 portraits:" in done.stdout
    assert "Cost:" in done.stdout
    # The blind one in three tables, hair in that of the cost.
    assert (done.stdout.count("tiny_blind"), done.stdout.count("tiny_hair")) == (3, 1)


@pytest.mark.usefixtures("models")
def test_the_report(photos: list[object], tmp_path: Path) -> None:
    folder = tmp_path / "out" / "report"
    report = answer(*photos, "--report", folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {"index.html", "table.md", "report.json", "trade-off.png", "sheet-1.png"}
    assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == report
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert all(f'src="{name}"' in page for name in names if name.endswith(".png"))
    tables = (folder / "table.md").read_text(encoding="utf-8")
    assert tables.count("| tiny_blind |") == page.count("<th>tiny_blind</th>") == 3
    sheet = cv2.imread(str(folder / "sheet-1.png"))
    assert sheet is not None
    # Photo, truth and three models; far, middle and near below each other, bright discs over grey.
    assert sheet.shape[1] == 5 * 200
    middle_of_near = sheet[18 + 2 * 218 + 100, 100::200, 0]
    assert middle_of_near.tolist() == [255, 255, 255, 128, 255]
    assert [path.name for path in folder.parent.iterdir()] == ["report"], "nothing left beside it"
    assert str(folder) in failure(run(*photos, "--report", folder))


@pytest.mark.usefixtures("models")
def test_a_model_that_does_not_run_is_left_out_unless_it_is_named(
    photos: list[object], add_model: Callable[..., None]
) -> None:
    add_model("broken", 0.5, content=b"no model at all")
    report = answer(*photos, "--model", "tiny")
    assert report["left_out"] == {}
    told = failure(run(*photos, "--model", "tiny", "--model", "broken"))
    assert "broken" in told
    done = run(*photos)
    assert done.exit_code == 0, done.output
    assert "left out: broken: " in done.stdout
    assert "tiny_hair" in done.stdout


def test_nothing_to_compare(photos: list[object], add_model: Callable[..., None]) -> None:
    assert "none is on this machine" in failure(run(*photos))
    assert "no_such_model" in failure(run(*photos, "--model", "no_such_model"))
    add_model("broken", 0.5, content=b"no model at all")
    assert "broken" in failure(run(*photos))


def test_photos_are_needed(tmp_path: Path) -> None:
    done = run("--images", tmp_path)
    assert done.exit_code == 2
    assert "--masks" in done.stderr
    assert str(tmp_path / "nowhere") in failure(run("--images", tmp_path / "nowhere", "--masks", tmp_path))


def test_the_memory_of_a_model_that_cannot_be_measured() -> None:
    with pytest.raises(
        UserError, match=r"the memory of nobody cannot be measured.* no model is called 'nobody'"
    ):
        memory_growth_mb("nobody")
