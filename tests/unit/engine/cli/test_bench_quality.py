"""``selfieseg bench quality`` from end to end, mostly with a segmenter that sees brightness."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner, Result
from tests.unit.engine.benchmarks.quality.shapes import (
    FakeSegmenter,
    FakeSessionMaker,
    disc,
    write_frame,
    write_grey,
)

from selfieseg_engine.benchmarks.quality import variants
from selfieseg_engine.benchmarks.quality.u8_matte import quantised
from selfieseg_engine.cli.main import cli


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "Segmenter", FakeSegmenter)
    monkeypatch.setattr(variants, "SessionMaker", FakeSessionMaker)


@pytest.fixture
def photos(tmp_path: Path) -> list[object]:
    """Write three photos: seen as they are, seen too large, and nobody seen. Return the options."""
    for name, seen in (("good", disc()), ("large", disc(radius=70)), ("none", np.zeros_like(disc()))):
        write_frame(tmp_path / "images" / f"{name}.png", seen)
        write_grey(tmp_path / "masks" / f"{name}.png", disc())
    write_grey(tmp_path / "soft" / "large.png", disc())
    return ["--images", tmp_path / "images", "--masks", tmp_path / "masks", "--mattes", tmp_path / "soft"]


@pytest.fixture
def still(tmp_path: Path) -> list[object]:
    """Write six frames of a person who stands still before a trembling camera. Return the options."""
    for index in range(6):
        write_frame(tmp_path / "frames" / f"{index}.png", disc(radius=50 + index % 2))
        write_grey(tmp_path / "truth" / f"{index}.png", disc())
    return ["--frames", tmp_path / "frames", "--mattes", tmp_path / "truth"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["bench", "quality", *map(str, arguments)])


def answer(*arguments: object) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout.splitlines()[-1]))


def failure(done: Result, status: int = 1) -> str:
    assert done.exit_code == status, done.output
    if status == 1:
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.usefixtures("fake")
def test_photos(photos: list[object]) -> None:
    report = answer(*photos)
    assert set(report) == {"command", "machine", "model", "frame", "left_out", "rows", "ratios", "worst"}
    assert (report["command"], report["model"], report["frame"]) == ("bench quality", "fake", "320x180")
    assert report["machine"]["device"] == "CPU"
    raw, edges = report["rows"]
    assert (raw["name"], edges["name"], raw["n"]) == ("raw", "edges", 3)
    assert raw["iou"] == pytest.approx((1 + 50**2 / 70**2 + 0) / 3, abs=0.01)
    assert raw["boundary_f"] == pytest.approx(1 / 3)
    # Of the one photo with a soft matte: a ring of 50 … 70 px too much.
    assert raw["sad"] == pytest.approx(np.pi * (70**2 - 50**2) / 1000, rel=0.01)
    assert raw["mad"] == pytest.approx(raw["sad"] * 1000 / (320 * 180), rel=0.001)
    assert {"dtssd", "lag_frames"}.isdisjoint(raw)
    assert report["ratios"]["iou_edges_over_raw"] == 1
    assert {case["file"] for case in report["worst"][:2]} == {"large", "none"}
    assert raw["median_ms"] >= 0


@pytest.mark.usefixtures("fake")
def test_a_still_sequence_has_flicker_and_smoothing_lessens_it(still: list[object]) -> None:
    report = answer(*still)
    rows = {row["name"]: row for row in report["rows"]}
    assert list(rows) == ["raw", "edges", "time", "full", "paused", "lagged", "led"]
    assert rows["raw"]["flicker"] > 2
    # After the first frames, half of each and half of what was before leave a third of the trembling.
    assert report["ratios"]["flicker_full_over_raw"] == pytest.approx(1 / 3, abs=0.1)
    assert rows["raw"]["flicker"] == rows["edges"]["flicker"]
    assert rows["raw"]["lag_frames"] == rows["raw"]["frames_off"] == 0
    assert {name: row.get("inferred") for name, row in rows.items()} == {
        "raw": None, "edges": None, "time": None, "full": None, "paused": 0.5, "lagged": 1.0, "led": 0.5,
    }  # fmt: skip
    assert {case["variant"] for case in report["worst"]} == {"full"}
    assert "ghost_frames" not in rows["raw"]


@pytest.mark.usefixtures("fake")
def test_a_cut_has_its_ghost(tmp_path: Path) -> None:
    for index in range(12):
        seen = disc(80 if index < 4 else 240)
        write_frame(tmp_path / "frames" / f"{index:02d}.png", seen)
        write_grey(tmp_path / "truth" / f"{index:02d}.png", seen)
    report = answer("--frames", tmp_path / "frames", "--mattes", tmp_path / "truth", "--cut", 4)
    # Smoothing leaves 1/2, 1/4, 1/8, 1/16 and 1/32 of the earlier person; under 5 % is none. Then two late.
    assert {row["name"]: row["ghost_frames"] for row in report["rows"]} == {
        "raw": 0, "edges": 0, "time": 4, "full": 4, "paused": 4, "lagged": 2, "led": 6,
    }  # fmt: skip
    assert report["rows"][0]["dtssd"] == 0
    assert report["rows"][0]["iou"] == 1


@pytest.mark.usefixtures("fake")
def test_what_is_drawn_late_trails(tmp_path: Path) -> None:
    for index in range(12):
        seen = disc(80 + 6 * index)
        write_frame(tmp_path / "frames" / f"{index:02d}.png", seen)
        write_grey(tmp_path / "truth" / f"{index:02d}.png", seen)
    report = answer("--frames", tmp_path / "frames", "--mattes", tmp_path / "truth")
    rows = {row["name"]: row for row in report["rows"]}
    assert (rows["raw"]["lag_frames"], rows["lagged"]["lag_frames"]) == (0, 2)
    assert rows["lagged"]["shift_px"] == pytest.approx(12 * 10.5 / 12, abs=0.5)
    shifts = rows["led"]["shift_px"] / rows["lagged"]["shift_px"]
    assert report["ratios"]["shift_px_led_over_lagged"] == pytest.approx(shifts, abs=1e-3)


@pytest.mark.usefixtures("fake")
def test_a_late_recording_is_one_more_row(tmp_path: Path) -> None:
    seen = [disc(100 + 6 * index) for index in range(10)]
    for index, true in enumerate(seen):
        write_frame(tmp_path / "frames" / f"{index}.png", true)
        write_grey(tmp_path / "truth" / f"{index}.png", true)
        write_grey(tmp_path / "late" / f"{index}.png", seen[max(0, index - 1)])
    report = answer(
        "--frames", tmp_path / "frames", "--mattes", tmp_path / "truth", "--predicted", tmp_path / "late",
        "--variant", "raw",
    )  # fmt: skip
    late, raw = report["rows"]
    assert (late["name"], late["lag_frames"], late["frames_off"], late["median_ms"]) == (
        "predicted",
        1,
        9,
        None,
    )
    assert late["shift_px"] == pytest.approx(6 * 9 / 10, abs=0.4)
    assert (raw["name"], raw["lag_frames"], raw["shift_px"]) == ("raw", 0, pytest.approx(0, abs=0.05))


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("kind", ["photos", "still"])
def test_a_report_holds_plots_and_the_worst_cases(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = tmp_path / "out" / "report"
    done = run(*request.getfixturevalue(kind), "--report", folder)
    assert done.exit_code == 0, done.output
    assert str(folder / "index.html") in done.stdout
    page = (folder / "index.html").read_text(encoding="utf-8")
    pictures = sorted(path.name for path in folder.glob("*.png"))
    assert all(f'src="{name}"' in page for name in pictures)
    assert page.count("<img") == len(pictures)
    assert {"plot-iou.png", "plot-boundary_f.png", "worst-1.png", "worst-3.png"} <= set(pictures)
    assert ("plot-flicker.png" in pictures) == (kind == "still")
    sheet = cv2.imread(str(folder / "worst-1.png"))
    assert sheet is not None
    assert sheet.shape[1] == 5 * 322
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["command"] == "bench quality"
    assert [path.name for path in folder.parent.iterdir()] == ["report"], "nothing left beside it"
    assert str(folder) in failure(run(*request.getfixturevalue(kind), "--report", folder))


@pytest.mark.usefixtures("fake")
def test_a_report_that_fails_leaves_nothing(
    photos: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disc(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("selfieseg_engine.benchmarks.quality.report_folder.make_page", full_disc)
    told = failure(run(*photos, "--report", tmp_path / "out" / "report"))
    assert "No space left" in told
    assert list((tmp_path / "out").iterdir()) == []


def test_without_matplotlib_the_extra_is_named(
    photos: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("selfieseg_engine.benchmarks.drawing.find_spec", lambda _: None)
    told = failure(run(*photos, "--report", tmp_path / "report"))
    assert "matplotlib" in told
    assert "[report]" in told
    assert not (tmp_path / "report").exists()


@pytest.mark.usefixtures("fake")
def test_people_get_a_table(photos: list[object]) -> None:
    done = run(*photos)
    assert done.exit_code == 0
    assert "boundary f" in done.stdout
    assert "worst: none" in done.stdout


def test_failures_are_one_line(photos: list[object], still: list[object], tmp_path: Path) -> None:
    frames, truth = tmp_path / "frames", tmp_path / "truth"
    missing, empty = tmp_path / "nowhere", tmp_path / "empty"
    empty.mkdir()
    broken = tmp_path / "broken.mp4"
    broken.write_text("no video")
    assert str(missing) in failure(run("--images", missing, "--masks", truth))
    assert "no picture" in failure(run("--images", empty, "--masks", truth))
    assert "name" in failure(run("--images", tmp_path / "images", "--masks", truth))
    assert "not a video" in failure(run("--frames", broken, "--mattes", truth))
    assert "no such file" in failure(run("--frames", missing, "--mattes", truth))
    (truth / "5.png").unlink()
    told = failure(run("--frames", frames, "--mattes", truth))
    assert "6 frames" in told
    assert " 5 in " in told
    write_grey(tmp_path / "some" / "good.png", disc())
    assert "2 of 3 pictures" in failure(run(*photos, "--predicted", tmp_path / "some"))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--images", "a"),
        ("--frames", "a"),
        ("--images", "a", "--masks", "b", "--frames", "c", "--mattes", "d"),
        ("--images", "a", "--masks", "b", "--variant", "full"),
        ("--images", "a", "--masks", "b", "--variant", "raw", "--variant", "led"),
        ("--images", "a", "--masks", "b", "--cut", "3"),
        ("--frames", "a", "--mattes", "b", "--ignore", "c"),
        ("--frames", "a", "--mattes", "b", "--variant", "none"),
        ("--frames", "a", "--mattes", "b", "--cut", "0"),
    ],
)
def test_options_that_make_no_sense(arguments: tuple[str, ...]) -> None:
    failure(run(*arguments), 2)


def test_a_cut_after_the_end(still: list[object]) -> None:
    assert "--cut 6" in failure(run(*still, "--cut", 6), 2)


def test_the_real_model_finds_the_person(
    real_model: str, astronaut_bgr: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    """Its own raw mattes are the truth, so that raw is right and the others are not."""
    from selfieseg_engine.segmenter import Segmenter

    with Segmenter(real_model, "CPU", refine=False, smoothing=0.0) as segmenter:
        for index in range(3):
            frame = np.roll(astronaut_bgr, 4 * index, axis=1)
            (tmp_path / "frames").mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / "frames" / f"{index}.png"), frame)
            u8_matte = quantised(segmenter.segment(np.asarray(frame, np.uint8)).matte)
            write_grey(tmp_path / "truth" / f"{index}.png", u8_matte)
    report = answer(
        "--frames", tmp_path / "frames", "--mattes", tmp_path / "truth", "--model", real_model,
        "--device", "CPU",
    )  # fmt: skip
    rows = {row["name"]: row for row in report["rows"]}
    assert list(rows) == ["raw", "edges", "time", "full", "paused", "lagged", "led"]
    assert (rows["raw"]["iou"], rows["raw"]["mad"], rows["raw"]["dtssd"]) == (1, 0, 0)
    assert rows["full"]["iou"] > 0.9
    assert rows["full"]["mad"] > 0, "the variants are what they are called"


def test_help_loads_no_library() -> None:
    program = (
        "import sys; from selfieseg_engine.cli import bench;"
        "print({'cv2', 'openvino', 'matplotlib', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
