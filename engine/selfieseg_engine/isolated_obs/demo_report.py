"""What the demo found, and whether that is good enough. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_LEAST_FPS_RATIO = 0.9
_PERSON_FRACTION = (0.05, 0.95)
# Grey levels. A blurred room differs clearly; a kept person differs by rounding alone.
_LEAST_BACKGROUND_CHANGE = 2.0
_MOST_FOREGROUND_CHANGE = 3.0
_SURE_BACKGROUND, _SURE_PERSON = 13, 242  # of 255


@dataclass(frozen=True)
class Pictures:
    """One and the same frame: without the filter, with it, and its matte (all HxWx3)."""

    before: Picture
    after: Picture
    matte: Picture


@dataclass(frozen=True)
class Measurements:
    """What was counted while the clip ran."""

    obs: str | None
    model: str
    device: str
    mattes: int
    matte_fps: float
    source_fps: float
    matte_age_ms_p50: float
    callback_ms_p50: float
    callback_ms_p99: float
    preset: str = "balanced"
    obs_ended_badly: str = ""


def mattes_per_second(before: dict[str, Any], after: dict[str, Any]) -> float:
    """Return how many mattes the one session got between two answers of ``selfieseg stats --json``.

    Their own rate is that of the last two seconds, in which asking for it takes a part of the processor.
    """
    mattes = int(after["sessions"][0]["mattes"]) - int(before["sessions"][0]["mattes"])
    return mattes / (float(after["engine"]["uptime_s"]) - float(before["engine"]["uptime_s"]))


def person_fraction(matte: Picture) -> float:
    """Return the mean opacity of the person."""
    return float(matte.mean()) / 255


def find_problems(measured: Measurements, pictures: Pictures) -> list[str]:
    """Return what is not as it should be, in words; empty where all is well."""
    problems = []
    if measured.matte_fps < _LEAST_FPS_RATIO * measured.source_fps:
        problems.append(f"only {measured.matte_fps:.1f} mattes/s for {measured.source_fps:.1f} frames/s")
    fraction = person_fraction(pictures.matte)
    if not _PERSON_FRACTION[0] <= fraction <= _PERSON_FRACTION[1]:
        problems.append(f"the matte covers {fraction:.0%} of the picture")
    grey_matte = pictures.matte[..., 0]
    background = _mean_change(pictures, grey_matte <= _SURE_BACKGROUND)
    if background is None or background < _LEAST_BACKGROUND_CHANGE:
        problems.append("the background has not changed")
    foreground = _mean_change(pictures, grey_matte >= _SURE_PERSON)
    if foreground is None or foreground > _MOST_FOREGROUND_CHANGE:
        problems.append("the person has changed")
    if measured.obs_ended_badly:
        problems.append(measured.obs_ended_badly)
    return problems


def make_report(measured: Measurements, pictures: Pictures) -> dict[str, object]:
    """Return ``report.json``."""
    problems = find_problems(measured, pictures)
    return {
        "obs": measured.obs,
        "model": measured.model,
        "device": measured.device,
        "preset": measured.preset,
        "mattes": measured.mattes,
        "matte_fps": round(measured.matte_fps, 2),
        "source_fps": round(measured.source_fps, 2),
        "matte_age_ms_p50": round(measured.matte_age_ms_p50, 3),
        "callback_ms_p50": round(measured.callback_ms_p50, 3),
        "callback_ms_p99": round(measured.callback_ms_p99, 3),
        "person_fraction": round(person_fraction(pictures.matte), 4),
        "ok": not problems,
        "problems": problems,
    }


def _mean_change(pictures: Pictures, where: NDArray[np.bool_]) -> float | None:
    if not where.any():
        return None
    change = np.abs(pictures.after.astype(np.int16) - pictures.before.astype(np.int16))
    return float(change[where].mean())
