"""The parts of ``selfieseg bench obs`` that need no OBS."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from selfieseg_engine.benchmarks import graphics_thread
from selfieseg_engine.benchmarks.obs_report import BACKGROUND_BLUR, BACKGROUND_NONE, RunFigures
from selfieseg_engine.cli.main import cli
from selfieseg_engine.errors import UserError
from selfieseg_engine.isolated_obs import demo_clip

STATS: dict[str, Any] = {
    "engine": {"pid": 7},
    "sessions": [
        {
            "model": "tiny",
            "device": "CPU",
            "fps_out": 29.9,
            "model_ready_s": 0.25,
            "first_matte_s": 0.3,
            "client": {
                "callback_ms_p50": 0.4,
                "callback_ms_p99": 1.2,
                "matte_age_ms_p50": 66.0,
                "matte_lag_frames_p50": 2,
            },
        }
    ],
}


def test_figures_of_the_filter() -> None:
    figures = graphics_thread.filter_figures(STATS, 0.5)
    assert (figures.model, figures.engine_pid, figures.engine_cpu_s) == ("tiny", 7, 0.5)
    assert (figures.callback_ms_p99, figures.matte_fps) == (1.2, 29.9)
    assert (figures.matte_lag_frames_p50, figures.model_ready_s, figures.first_matte_s) == (2, 0.25, 0.3)


def test_filter_that_lost_its_engine() -> None:
    with pytest.raises(UserError, match="its session ended"):
        graphics_thread.filter_figures({"sessions": []}, 0.5)


def test_our_rows_are_known() -> None:
    ours = [variant.name for variant in graphics_thread.VARIANTS if variant.is_ours]
    assert ours == [BACKGROUND_NONE, BACKGROUND_BLUR]


def test_profile_is_read_and_its_lack_told(tmp_path: Path) -> None:
    folder = tmp_path / "profiler_data"
    folder.mkdir()
    with pytest.raises(UserError, match="OBS's profile cannot be read"):
        graphics_thread.read_profile(tmp_path)
    text = "name,time_between_calls,time_delta_µs,count\nobs_graphics_thread(1),0,5,2\n"
    (folder / "now.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert graphics_thread.read_profile(tmp_path) == {5: 2}


def test_a_run_whose_obs_dies_at_its_end_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "install.json"
    record.touch()
    monkeypatch.setattr(graphics_thread, "install_record_path", lambda: record)
    monkeypatch.setattr(demo_clip, "write_clip", lambda _path: None)
    monkeypatch.setattr(demo_clip, "fetch_photo", lambda: np.zeros((2, 2, 3), np.uint8))
    figures = RunFigures(1, 0, 0.1, 0.0, frame_times=Counter({5: 2}))
    tries: list[Path] = []
    bad_ends = 2

    def run(_variant: object, _media: Path, root: Path, _seconds: float) -> tuple[RunFigures, dict[str, str]]:
        tries.append(root)
        if len(tries) <= bad_ends:
            raise graphics_thread.BadEndError("exit code -11")
        return figures, {"obs": "29"}

    monkeypatch.setattr(graphics_thread, "_run", run)
    report = graphics_thread.measure_graphics_thread(1.0, 1)
    assert report["machine"]["runs_made_again"] == 2
    assert len(set(tries)) == len(tries) == len(graphics_thread.VARIANTS) + 2, "each in a folder of its own"

    tries.clear()
    bad_ends = 3
    with pytest.raises(UserError, match="exit code -11"):
        graphics_thread.measure_graphics_thread(1.0, 1)
    assert len(tries) == 3


def test_command_without_an_install_record() -> None:
    done = CliRunner().invoke(cli, ["bench", "obs", "--json"])
    assert done.exit_code == 1
    assert done.stderr.startswith("error: the filter cannot be measured, its engine is not installed")
    assert done.stderr.endswith("run install/install.py\n")
