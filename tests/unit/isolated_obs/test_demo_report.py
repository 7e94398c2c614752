"""When the demo calls itself well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from selfieseg_engine.isolated_obs import demo_report
from selfieseg_engine.isolated_obs.demo_report import Measurements, Pictures

GOOD = Measurements("29.0.2", "model", "CPU", 300, 29.0, 30.0, 66.0, 1.0, 2.0)


@pytest.fixture
def pictures() -> Pictures:
    matte = np.zeros((8, 8, 3), np.uint8)
    matte[:, :4] = 255
    before = np.full((8, 8, 3), 100, np.uint8)
    after = before.copy()
    after[:, 4:] = 120
    return Pictures(before, after, matte)


def test_good_demo(pictures: Pictures) -> None:
    report = demo_report.make_report(GOOD, pictures)

    assert report["ok"] is True
    assert report["person_fraction"] == 0.5


def test_slow_mattes_are_told(pictures: Pictures) -> None:
    problems = demo_report.find_problems(replace(GOOD, matte_fps=20.0), pictures)

    assert problems == ["only 20.0 mattes/s for 30.0 frames/s"]


def test_raw_room_is_told(pictures: Pictures) -> None:
    assert demo_report.find_problems(GOOD, replace(pictures, after=pictures.before)) == [
        "the background has not changed"
    ]


def test_blurred_person_is_told(pictures: Pictures) -> None:
    assert demo_report.find_problems(GOOD, replace(pictures, after=pictures.before + np.uint8(50))) == [
        "the person has changed"
    ]


def test_empty_matte_is_told(pictures: Pictures) -> None:
    problems = demo_report.find_problems(GOOD, replace(pictures, matte=np.zeros_like(pictures.matte)))

    assert "the matte covers 0% of the picture" in problems


def test_obs_that_ends_badly_is_told(pictures: Pictures) -> None:
    problems = demo_report.find_problems(replace(GOOD, obs_ended_badly="OBS had to be killed"), pictures)

    assert problems == ["OBS had to be killed"]


def test_mattes_are_counted_over_all_the_time() -> None:
    before = {"engine": {"uptime_s": 2.0}, "sessions": [{"mattes": 30, "fps_out": 30.0}]}
    after = {"engine": {"uptime_s": 12.0}, "sessions": [{"mattes": 230, "fps_out": 12.0}]}
    assert demo_report.mattes_per_second(before, after) == 20
