"""``selfieseg batch``: a shelf of recordings and pictures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selfieseg_engine.cli.look_options import look_options
from selfieseg_engine.cli.option_groups import GroupedCommand
from selfieseg_engine.cli.options import (
    class_model_option,
    device_option,
    json_option,
    model_option,
    print_json,
    threads_option,
)
from selfieseg_engine.composite.look import Look
from selfieseg_engine.errors import UserError

if TYPE_CHECKING:
    from selfieseg_engine.batch.coordinator import FileState

# Spelt out rather than imported: PyAV must not load for help.
_CODECS = ("libx264", "libx265", "libvpx-vp9", "prores_ks", "ffv1")
_FORMATS = ("mp4", "m4v", "mov", "mkv", "webm", "frames")
_PICTURE_FORMATS = ("png", "jpg", "webp", "tif", "bmp")
_INTERRUPTED = 130
_MOST_TOLD = 5
_ALWAYS_ONE_THREAD = 1


@click.command(cls=GroupedCommand)
@click.argument("source", metavar="DIR_OR_LIST", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "out", required=True, metavar="DIR", type=click.Path(path_type=Path, file_okay=False)
)
@look_options
@click.option(
    "--matte",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also write the mattes, in grey: .mkv of recordings, .png of pictures; both lossless.",
)
@click.option(
    "--format",
    "recording_format",
    type=click.Choice(_FORMATS),
    help="Of recordings; frames: a folder of PNG for each.  [default: the input's, or mkv]",
)
@click.option(
    "--picture-format",
    type=click.Choice(_PICTURE_FORMATS),
    help="Of pictures.  [default: the input's, or png]",
)
@click.option("--codec", type=click.Choice(_CODECS), help="Of recordings.  [default: the format's usual one]")
@click.option(
    "--crf", type=click.IntRange(min=0), help="Quality, lower is better.  [default: a good one for the codec]"
)
@click.option("--quality", type=click.IntRange(1, 100), default=95, show_default=True, help="Of a JPEG.")
@click.option("--leave-out", is_flag=True, help="Go without streams which an output's format cannot hold.")
@click.option("--salvage", is_flag=True, help="Make what can be had of damaged recordings.")
@click.option(
    "--segment-seconds",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="Split long recordings in parts of at least so long, for several workers; 0: never.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes here.  [default: one for each core]")
@click.option("--cluster", metavar="ADDRESS", help="Work on a Dask cluster instead, such as tcp://host:8786.")
@class_model_option
@model_option
@device_option
@threads_option("1, for a batch's results shall not depend on the machine")
@json_option
def batch(as_json: bool, **wishes: Any) -> None:
    """Give the people in many recordings and pictures another background.

    DIR_OR_LIST is a folder, with all folders in it, or a text file with a path a line. Folders and names are
    kept. Run it again to go on where it was stopped: only what is missing or has changed is made.
    """
    if wishes["workers"] is not None and wishes["cluster"] is not None:
        raise click.UsageError("--workers are processes here, --cluster is work elsewhere: choose one")
    if wishes["recording_format"] == "frames" and (wishes["codec"] or wishes["crf"] is not None):
        raise click.UsageError("--codec and --crf are for recordings, and --format frames makes PNG pictures")
    started = time.perf_counter()
    try:
        answer, states = _make(**wishes)
    except KeyboardInterrupt:
        click.echo("error: interrupted, what is done stays done, run the same again to go on", err=True)
        raise click.exceptions.Exit(_INTERRUPTED) from None
    if as_json:
        print_json({**answer, "seconds": round(time.perf_counter() - started, 3)})
    failed = [state for state in states if state.state == "failed"]
    if failed:
        raise _sum_of(failed, len(states))


def _make(
    source: Path,
    out: Path,
    look: Look,
    matte: Path | None,
    recording_format: str | None,
    picture_format: str | None,
    codec: str | None,
    crf: int | None,
    quality: int,
    leave_out: bool,
    salvage: bool,
    segment_seconds: float,
    workers: int | None,
    cluster: str | None,
    class_model: str,
    model: str,
    device: str,
    threads: int | None,
) -> tuple[dict[str, Any], list[FileState]]:
    # OpenCV, PyAV and OpenVINO load here, not when help is asked for.
    from selfieseg_engine.batch.background_file import with_checked_background
    from selfieseg_engine.batch.engine_choice import choose_engine
    from selfieseg_engine.batch.inputs import find_inputs
    from selfieseg_engine.batch.local_workers import usable_cores
    from selfieseg_engine.batch.options import BatchOptions
    from selfieseg_engine.batch.plan import FRAMES, plan_jobs
    from selfieseg_engine.batch.run import Crew, run_batch
    from selfieseg_engine.cli.batch_bar import BatchBar
    from selfieseg_engine.cli.class_wishes import class_wishes, require_class_model
    from selfieseg_engine.registry.registry import default_registry

    inputs = find_inputs(source, [out] if matte is None else [out, matte])
    class_model_id = require_class_model(class_wishes(look, False), model, class_model, default_registry())
    if recording_format not in (None, FRAMES):
        recording_format = f".{recording_format}"
    options = BatchOptions(
        with_checked_background(look),
        choose_engine(model, class_model_id, device, threads or _ALWAYS_ONE_THREAD),
        recording_format,
        None if picture_format is None else f".{picture_format}",
        codec,
        crf,
        quality,
        leave_out,
        salvage,
        segment_seconds,
    )
    jobs = plan_jobs(inputs, out, matte, options)
    crew = Crew(workers or usable_cores(), cluster)
    with BatchBar(len(jobs)) as bar:
        states = run_batch(jobs, options, out, crew, bar, bar.say)
    count = {name: sum(state.state == name for state in states) for name in ("done", "unchanged", "failed")}
    answer = {
        "command": "batch",
        "model": options.engine.model_id,
        "class_model": class_model_id,
        "device": options.engine.device,
        "workers": None if cluster is not None else crew.processes,
        "cluster": cluster,
        **count,
        "files": [_report(state) for state in states],
    }
    return answer, states


def _report(state: FileState) -> dict[str, Any]:
    """Return one entry of ``--json``: ``error`` is null where all went well."""
    job = state.job
    return {
        "input": str(job.source),
        "output": str(job.output),
        "matte": None if job.matte is None else str(job.matte),
        "state": state.state,
        "frames": state.frames,
        "segments": state.segments,
        "segments_reused": state.reused,
        "left_out": list(state.left_out),
        "error": state.error,
    }


def _sum_of(failed: list[FileState], count: int) -> UserError:
    """Return one error for all."""
    told = [str(state.error) for state in failed[:_MOST_TOLD]]
    if len(failed) > len(told):
        told.append(f"{len(failed) - len(told)} more, which --json lists")
    return UserError(
        f"{len(failed)} of {count} files could not be made", "; ".join(told), "all others are there"
    )
