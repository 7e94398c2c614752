"""The parts of ``selfieseg bench obs`` that need no OBS."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from selfieseg_engine.benchmarks import graphics_thread
from selfieseg_engine.benchmarks.obs_report import BACKGROUND_BLUR, BACKGROUND_NONE
from selfieseg_engine.cli.main import cli
from selfieseg_engine.errors import UserError

STATS: dict[str, Any] = {
    "engine": {"pid": 7},
    "sessions": [
        {
            "model": "tiny",
            "device": "CPU",
            "fps_out": 29.9,
            "client": {"callback_ms_p50": 0.4, "callback_ms_p99": 1.2, "matte_age_ms_p50": 66.0},
        }
    ],
}


def test_figures_of_the_filter() -> None:
    figures = graphics_thread.filter_figures(STATS, 0.5)
    assert (figures.model, figures.engine_pid, figures.engine_cpu_s) == ("tiny", 7, 0.5)
    assert (figures.callback_ms_p99, figures.matte_fps) == (1.2, 29.9)


def test_filter_that_lost_its_engine() -> None:
    with pytest.raises(UserError, match="its session ended"):
        graphics_thread.filter_figures({"sessions": []}, 0.5)


def test_graphics_adapter() -> None:
    log = "info: x\ninfo: Loading up OpenGL on adapter Mesa/X.org llvmpipe\ninfo: y"
    assert graphics_thread.graphics_adapter(log) == "Mesa/X.org llvmpipe"
    assert graphics_thread.graphics_adapter("") == ""


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


def test_command_without_an_install_record() -> None:
    done = CliRunner().invoke(cli, ["bench", "obs", "--json"])
    assert done.exit_code == 1
    assert done.stderr.startswith("error: the filter cannot be measured, its engine is not installed")
    assert done.stderr.endswith("run install/install.py\n")
