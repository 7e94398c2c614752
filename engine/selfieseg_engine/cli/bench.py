"""``selfieseg bench``: measurements, each one JSON object."""

from __future__ import annotations

import click

from selfieseg_engine.cli.bench_models import bench_models
from selfieseg_engine.cli.bench_quality import bench_quality
from selfieseg_engine.cli.bench_report import Report, reporting
from selfieseg_engine.cli.bench_speed import bench_engine, bench_peers, bench_scale

_SECONDS = 10.0
_ROUNDS = 2
_FRAMES = 60


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
@reporting
def bench_obs(seconds: float, rounds: int, effects: bool) -> Report:
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
        return measure_graphics_thread(seconds, rounds, variants, on_run=lambda: bar.update())


@bench.command("effects")
@click.option(
    "--frames",
    type=click.IntRange(min=1),
    default=_FRAMES,
    show_default=True,
    help="Frames of each effect.",
)
@reporting
def bench_effects(frames: int) -> Report:
    """What each background and effect costs in the engine, for a frame of 1280x720; no model, no OBS."""
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.effects import measure_effects
    from selfieseg_engine.frame_after_frame import settle_libraries

    settle_libraries()
    # disable=None: a bar on a terminal only.
    with tqdm(total=frames, desc="bench effects", unit="frame", disable=None) as bar:
        return measure_effects(frames, on_frame=bar.update)
