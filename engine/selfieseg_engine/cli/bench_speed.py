"""``selfieseg bench engine``, ``peers`` and ``scale``: how fast the engine is."""

from __future__ import annotations

from collections.abc import Callable

import click

from selfieseg_engine.cli.bench_report import Report, reporting
from selfieseg_engine.cli.options import Command, device_option, model_option

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
@reporting
def bench_engine(frames: int, starts: int, model: str, device: str, threads: int) -> Report:
    """A matte beside its model alone: in one process, and from an engine through shared memory; starts."""
    # Imported late, for `selfieseg --help` imports every command.
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.speed.engine_run import measure_engine
    from selfieseg_engine.frame_after_frame import settle_libraries

    settle_libraries()  # as the engine does
    # disable=None: a bar on a terminal only.
    with tqdm(total=frames + starts, desc="bench engine", unit="turn", disable=None) as bar:
        return measure_engine(_id(model), device, threads, frames, starts, lambda: bar.update())


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
@reporting
def bench_scale(frames: int, rest_seconds: float, model: str, device: str, threads: int) -> Report:
    """One, two, four and eight filters on one engine: mattes a second, CPU, memory; also at rest."""
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.speed.scale_run import SESSIONS, measure_scale

    with tqdm(total=len(SESSIONS) + 1, desc="bench scale", unit="step", disable=None) as bar:
        return measure_scale(
            _id(model), device, threads, frames, rest_seconds, SESSIONS, lambda: bar.update()
        )


@click.command("peers")
@_frames_option(_PEERS_FRAMES)
@model_option
@_threads_option
@click.option("--without-mediapipe", is_flag=True, help="Do not install and measure MediaPipe.")
@reporting
def bench_peers(frames: int, model: str, threads: int, without_mediapipe: bool) -> Report:
    """The same frames through MediaPipe's Python API and the loop of OpenVINO's notebook."""
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.speed.peers_run import measure_peers
    from selfieseg_engine.frame_after_frame import settle_libraries

    settle_libraries()
    with tqdm(total=frames, desc="bench peers", unit="frame", disable=None) as bar:
        return measure_peers(_id(model), threads, frames, not without_mediapipe, lambda: bar.update())


def _id(model: str) -> str:
    from selfieseg_engine.setup_choice import choose_setup

    return choose_setup(model, "CPU", 1).model_id
