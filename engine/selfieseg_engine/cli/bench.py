"""``selfieseg bench``: measurements, each one JSON object."""

from __future__ import annotations

from typing import Any

import click

from selfieseg_engine.cli.bench_models import bench_models
from selfieseg_engine.cli.bench_quality import bench_quality
from selfieseg_engine.cli.bench_speed import bench_engine, bench_peers, bench_scale
from selfieseg_engine.cli.options import json_option, print_json

_SECONDS = 10.0
_ROUNDS = 2
_FRAMES = 60
_UNKNOWN = "-"


@click.group()
def bench() -> None:
    """Measure what the product costs on this machine."""


bench.add_command(bench_engine)
bench.add_command(bench_models)
bench.add_command(bench_peers)
bench.add_command(bench_quality)
bench.add_command(bench_scale)


@bench.command("obs")
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=_SECONDS,
    show_default=True,
    help="How long each run is watched.",
)
@click.option(
    "--rounds", type=click.IntRange(min=1), default=_ROUNDS, show_default=True, help="Runs for each row."
)
@click.option("--effects", is_flag=True, help="Instead, each effect against background none.")
@json_option
def bench_obs(seconds: float, rounds: int, effects: bool, as_json: bool) -> None:
    """Frame times of a real OBS: no filter, OBS's colour correction, ours without and with blur."""
    # Imported late, for `selfieseg --help` imports every command.
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.graphics_thread import (
        EFFECT_VARIANTS,
        VARIANTS,
        measure_graphics_thread,
    )

    variants = EFFECT_VARIANTS if effects else VARIANTS
    # disable=None: a bar on a terminal only.
    with tqdm(total=rounds * len(variants), desc="bench obs", unit="run", disable=None) as bar:
        report = measure_graphics_thread(seconds, rounds, variants, on_run=lambda: bar.update())
    if as_json:
        print_json(report)
        return
    for line in table(report):
        click.echo(line)


@bench.command("effects")
@click.option(
    "--frames",
    type=click.IntRange(min=1),
    default=_FRAMES,
    show_default=True,
    help="Frames of each effect.",
)
@json_option
def bench_effects(frames: int, as_json: bool) -> None:
    """What each background and effect costs in the engine, for a frame of 1280x720; no model, no OBS."""
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.effects import measure_effects
    from selfieseg_engine.freed_memory import keep_freed_memory

    keep_freed_memory()
    # disable=None: a bar on a terminal only.
    with tqdm(total=frames, desc="bench effects", unit="frame", disable=None) as bar:
        report = measure_effects(frames, on_frame=bar.update)
    if as_json:
        print_json(report)
        return
    click.echo(f"{'effect':<22}{'median ms':>12}{'95 % ms':>12}{'CPU ms':>12}")
    for row in report["rows"]:
        cells = (row["median_ms"], row["p95_ms"], row["cpu_ms_per_frame"])
        click.echo(f"{row['name']:<22}" + "".join(f"{cell:>12}" for cell in cells))


def table(report: dict[str, Any]) -> list[str]:
    """Return the report as lines for people. Pure."""
    columns = {
        "median_ms": "median ms",
        "p95_ms": "95 % ms",
        "p99_ms": "99 % ms",
        "skipped_frames": "skipped",
        "total_frames": "of frames",
        "callback_ms_p50": "callback ms",
        "callback_ms_p99": "99 % ms",
        "matte_fps": "mattes/s",
        "matte_age_ms_p50": "age ms",
        "matte_lag_frames_p50": "age frames",
        "first_matte_s": "first after s",
    }
    lines = [f"{'graphics thread':<18}" + "".join(f"{title:>13}" for title in columns.values())]
    for row in report["rows"]:
        cells = (str(row.get(key, _UNKNOWN)) for key in columns)
        lines.append(f"{row['name']:<18}" + "".join(f"{cell:>13}" for cell in cells))
    lines += [f"{name.replace('_', ' ')}: {value}" for name, value in report["ratios"].items()]
    return lines
