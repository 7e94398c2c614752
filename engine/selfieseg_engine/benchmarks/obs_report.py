"""The report of ``selfieseg bench obs``: rows and ratios from what the runs measured. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, median_low
from typing import Any

from selfieseg_engine.benchmarks.frame_times import FrameTimes, percentile_ms, pooled

NO_FILTER = "no_filter"
COLOR_CORRECTION = "color_correction"
BACKGROUND_NONE = "background_none"
BACKGROUND_BLUR = "background_blur"
BLUR_10, BLUR_100 = "blur_10", "blur_100"


@dataclass(frozen=True)
class FilterFigures:
    """What the engine tells of our filter at the end of the measured seconds."""

    model: str
    device: str
    callback_ms_p50: float
    callback_ms_p99: float
    matte_fps: float
    matte_age_ms_p50: float
    matte_lag_frames_p50: int
    model_ready_s: float
    first_matte_s: float
    engine_pid: int
    engine_cpu_s: float


@dataclass(frozen=True)
class RunFigures:
    """What one OBS run measured. ``frame_times`` are of its whole life, the rest of the measured seconds."""

    total_frames: int
    skipped_frames: int
    obs_cpu_s: float
    cores_busy_elsewhere: float
    filter: FilterFigures | None = None
    frame_times: FrameTimes = field(default_factory=FrameTimes)


def make_row(name: str, runs: Sequence[RunFigures]) -> dict[str, Any]:
    """Return one row: frames of all rounds pooled, our filter's own figures as the median of the rounds."""
    times = pooled(run.frame_times for run in runs)
    total = sum(run.total_frames for run in runs)
    row: dict[str, Any] = {
        "name": name,
        "n": times.total(),
        "median_ms": percentile_ms(times, 0.5),
        "p95_ms": percentile_ms(times, 0.95),
        "p99_ms": percentile_ms(times, 0.99),
        "median_ms_by_round": [percentile_ms(run.frame_times, 0.5) for run in runs],
        "cpu_ms_per_frame": _per_frame_ms(sum(run.obs_cpu_s for run in runs), total),
        "total_frames": total,
        "skipped_frames": sum(run.skipped_frames for run in runs),
        # Far from 0, other programs (the display server is one of them) have shaped these figures.
        "cores_busy_elsewhere_by_round": [round(run.cores_busy_elsewhere, 2) for run in runs],
    }
    ours = [run.filter for run in runs if run.filter is not None]
    if ours:
        row |= {
            "callback_ms_p50": round(median(each.callback_ms_p50 for each in ours), 3),
            "callback_ms_p99": round(median(each.callback_ms_p99 for each in ours), 3),
            "matte_fps": round(median(each.matte_fps for each in ours), 2),
            "matte_age_ms_p50": round(median(each.matte_age_ms_p50 for each in ours), 1),
            "matte_lag_frames_p50": median_low(each.matte_lag_frames_p50 for each in ours),
            "model_ready_s": round(median(each.model_ready_s for each in ours), 3),
            "first_matte_s": round(median(each.first_matte_s for each in ours), 3),
            "engine_cpu_ms_per_frame": _per_frame_ms(sum(each.engine_cpu_s for each in ours), total),
            "model": ours[-1].model,
            "device": ours[-1].device,
        }
    return row


def make_report(
    command: str, machine: Mapping[str, Any], frame: str, runs: Mapping[str, Sequence[RunFigures]]
) -> dict[str, Any]:
    """Return the JSON object of the contract; ``runs`` has every row's rounds."""
    rows = [make_row(name, rounds) for name, rounds in runs.items()]
    medians = {row["name"]: row["median_ms"] for row in rows}
    return {
        "command": command,
        "machine": dict(machine),
        "model": next((row["model"] for row in rows if "model" in row), None),
        "frame": frame,
        "rows": rows,
        "ratios": _ratios(medians),
    }


def _ratios(medians: Mapping[str, float]) -> dict[str, float]:
    if COLOR_CORRECTION in medians:
        return {
            "none_over_color_correction": _ratio(medians[BACKGROUND_NONE], medians[COLOR_CORRECTION]),
            "blur_over_color_correction": _ratio(medians[BACKGROUND_BLUR], medians[COLOR_CORRECTION]),
        }
    ratios = {
        f"{name}_over_none": _ratio(value, medians[BACKGROUND_NONE])
        for name, value in medians.items()
        if name != BACKGROUND_NONE
    }
    return ratios | {"blur_100_over_blur_10": _ratio(medians[BLUR_100], medians[BLUR_10])}


def _ratio(value: float, base: float) -> float:
    return round(value / base, 3)


def _per_frame_ms(seconds: float, frames: int) -> float | None:
    return round(seconds * 1000 / frames, 3) if frames else None
