"""The same figures as the evaluation tool beside the checkout prints: another program, the same formulas."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from tests.unit.engine.benchmarks.quality.shapes import disc, write_frame, write_grey

from selfieseg_engine.cli.main import cli


@pytest.fixture
def tool(shared: Path) -> Path:
    path = shared / "tools" / "eval_iou.py"
    if not path.exists():
        pytest.skip(f"needs {path}, which is not here")
    return path


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Write a disc on its way, and what a bad eye sees of it: late, too large, noisy, part of it missing."""
    noise = np.random.default_rng(0)
    truths = [disc(120 + 4 * index, 80 + index, 45) for index in range(12)]
    paths = {name: tmp_path / name for name in ("frames", "truth", "found", "ignore")}
    for index, true in enumerate(truths):
        seen = cv2.GaussianBlur(truths[max(0, index - 2)], (0, 0), 4).astype(int)
        seen += noise.integers(-20, 20, seen.shape)
        seen[40:60, 60 : 100 + 5 * index] = 0
        ignored = np.zeros_like(true)
        ignored[30:90, 40 + 10 * index : 120] = 255
        name = f"{index:03d}.png"
        write_frame(paths["frames"] / name, true)
        write_grey(paths["truth"] / name, true)
        write_grey(paths["found"] / name, np.asarray(np.clip(seen, 0, 255), np.uint8))
        if index % 2:
            write_grey(paths["ignore"] / name, ignored)
    return paths


def test_photos(tool: Path, folders: dict[str, Path]) -> None:
    printed = printed_by(tool, folders["found"], folders["truth"], "--ignore", folders["ignore"])
    row = measured(
        "--images", folders["frames"], "--masks", folders["truth"], "--mattes", folders["truth"],
        "--ignore", folders["ignore"], "--predicted", folders["found"],
    )  # fmt: skip
    assert row["n"] == int(printed["count"]) == 12
    assert f"{row['iou']:.4f}" == printed["mean IoU"]
    assert f"{row['boundary_f']:.4f}" == printed["boundary F"]
    assert f"{row['mad']:.5f}" == printed["MAD"]
    assert 0.3 < row["iou"] < 0.9, "neither perfect nor hopeless"
    assert 0.1 < row["boundary_f"] < 0.9


def test_a_sequence(tool: Path, folders: dict[str, Path]) -> None:
    printed = printed_by(tool, folders["found"], folders["truth"], "--sequence")
    row = measured(
        "--frames", folders["frames"], "--mattes", folders["truth"], "--predicted", folders["found"]
    )
    assert f"{row['iou']:.4f}" == printed["mean IoU"]
    assert f"{row['boundary_f']:.4f}" == printed["boundary F"]
    assert f"{row['mad']:.5f}" == printed["MAD"]
    assert f"{row['dtssd']:.3f}" == printed["dtSSD x100"]
    assert f"{row['instability']:.4f}" == printed["instability x100"]
    assert row["lag_frames"] == int(printed["best lag"]) == 2


def printed_by(tool: Path, *arguments: object) -> dict[str, str]:
    """Run the tool and return its figures by the words before them."""
    command = [sys.executable, str(tool), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {
        words.strip(): figure
        for words, figure in re.findall(r"([A-Za-z][A-Za-z ]*(?:x100)?) (-?[\d.]+)", done.stdout)
    }


def measured(*arguments: object) -> dict[str, float]:
    done = CliRunner().invoke(cli, ["bench", "quality", *map(str, arguments), "--variant", "none", "--json"])
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout.splitlines()[-1])["rows"]
    assert row["name"] == "predicted"
    assert row["median_ms"] is None
    return dict(row)
