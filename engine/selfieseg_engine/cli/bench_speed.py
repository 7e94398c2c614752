"""``selfieseg bench engine``, ``peers`` and ``scale``: how fast the engine is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from selfieseg_engine.cli.options import Command, device_option, json_option, model_option, print_json

_FRAMES = 200
_SCALE_FRAMES = 100
_PEERS_FRAMES = 100
_STARTS = 5
_REST_SECONDS = 10.0
_threads_option = click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Inference threads of every row.",
)


def _frames_option(default: int) -> Callable[[Command], Command]:
    return click.option(
        "--frames", type=click.IntRange(min=1), default=default, show_default=True, help="Frames of each row."
    )


@click.command("engine")
@_frames_option(_FRAMES)
@click.option(
    "--starts",
    type=click.IntRange(min=1),
    default=_STARTS,
    show_default=True,
    help="Starts of the engine, with and without what is kept of its model.",
)
@model_option
@device_option
@_threads_option
@json_option
def bench_engine(frames: int, starts: int, model: str, device: str, threads: int, as_json: bool) -> None:
    """A matte beside its model alone: in one process, and from an engine through shared memory; starts."""
    # Imported late, for `selfieseg --help` imports every command.
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.speed.engine_run import measure_engine
    from selfieseg_engine.freed_memory import keep_freed_memory

    keep_freed_memory()  # as the engine does
    # disable=None: a bar on a terminal only.
    with tqdm(total=frames + starts, desc="bench engine", unit="turn", disable=None) as bar:
        report = measure_engine(_id(model), device, threads, frames, starts, lambda: bar.update())
    _tell(report, as_json)


@click.command("scale")
@_frames_option(_SCALE_FRAMES)
@click.option(
    "--rest-seconds",
    type=click.FloatRange(min=1),
    default=_REST_SECONDS,
    show_default=True,
    help="Of a moving picture, of a still one, and of hidden filters, each.",
)
@model_option
@device_option
@_threads_option
@json_option
def bench_scale(
    frames: int, rest_seconds: float, model: str, device: str, threads: int, as_json: bool
) -> None:
    """One, two, four and eight filters on one engine: mattes a second, CPU, memory; also at rest."""
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.speed.scale_run import SESSIONS, measure_scale

    with tqdm(total=len(SESSIONS) + 1, desc="bench scale", unit="step", disable=None) as bar:
        report = measure_scale(
            _id(model), device, threads, frames, rest_seconds, SESSIONS, lambda: bar.update()
        )
    _tell(report, as_json)


@click.command("peers")
@_frames_option(_PEERS_FRAMES)
@model_option
@_threads_option
@click.option("--without-mediapipe", is_flag=True, help="Do not install and measure MediaPipe.")
@json_option
def bench_peers(frames: int, model: str, threads: int, without_mediapipe: bool, as_json: bool) -> None:
    """The same frames through MediaPipe's Python API and the loop of OpenVINO's notebook."""
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.speed.peers_run import measure_peers
    from selfieseg_engine.freed_memory import keep_freed_memory

    keep_freed_memory()
    with tqdm(total=frames, desc="bench peers", unit="frame", disable=None) as bar:
        report = measure_peers(_id(model), threads, frames, not without_mediapipe, lambda: bar.update())
    _tell(report, as_json)


def _id(model: str) -> str:
    from selfieseg_engine.setup_choice import choose_setup

    return choose_setup(model, "CPU", 1).model_id


def _tell(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    columns = {"median_ms": "median ms", "p95_ms": "95 % ms", "cpu_ms_per_frame": "CPU ms"}
    more = {"mattes_per_s": "mattes/s", "rss_mb": "memory MB", "cpu_percent": "CPU %"}
    columns |= {key: title for key, title in more.items() if key in report["rows"][0]}
    click.echo(f"{report['model']:<32}" + "".join(f"{title:>12}" for title in columns.values()))
    for row in report["rows"]:
        click.echo(f"{row['name']:<32}" + "".join(f"{row[key]:>12}" for key in columns))
    for name, value in report["ratios"].items():
        click.echo(f"{name.replace('_', ' ')}: {value}")
    if report.get("mediapipe_iou") is not None:
        click.echo(f"IoU with MediaPipe's mask: {report['mediapipe_iou']}")
