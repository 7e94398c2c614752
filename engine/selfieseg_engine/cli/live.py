"""``selfieseg live``: a camera or a recording, shown at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selfieseg_engine.cli.look_options import looks_options
from selfieseg_engine.cli.option_groups import GroupedCommand
from selfieseg_engine.cli.options import class_model_option, engine_options, json_option, print_json
from selfieseg_engine.composite.background import Background
from selfieseg_engine.composite.look import Look

if TYPE_CHECKING:
    from selfieseg_engine.live.job import LiveJob

_INTERRUPTED = 130


@click.command(cls=GroupedCommand)
@click.option("--camera", type=click.IntRange(min=0), metavar="N", help="A camera's number.  [default: 0]")
@click.option(
    "--input", "source", type=click.Path(path_type=Path), metavar="FILE", help="A recording instead."
)
@looks_options
@click.option("--flip", is_flag=True, help="Mirror the picture.")
@click.option("--loop", is_flag=True, help="Begin the recording again at its end.")
@click.option("--salvage", is_flag=True, help="Play what can be had of a damaged recording.")
@click.option("--width", type=click.IntRange(min=1), help="Ask the camera for it.  [default: 1280]")
@click.option("--height", type=click.IntRange(min=1), help="Ask the camera for it.  [default: 720]")
@click.option(
    "--fps", type=click.FloatRange(min=0, min_open=True), help="Ask the camera for it.  [default: 30]"
)
@click.option("--virtual-camera", is_flag=True, help="Show it to other programs, as a camera of its own.")
@click.option("--headless", is_flag=True, help="Open no window.")
@click.option("--frames", type=click.IntRange(min=1), metavar="N", help="End after so many.")
@class_model_option
@engine_options
@json_option
def live(
    camera: int | None,
    source: Path | None,
    look: Look,
    backgrounds: tuple[Background, ...],
    flip: bool,
    loop: bool,
    salvage: bool,
    width: int | None,
    height: int | None,
    fps: float | None,
    virtual_camera: bool,
    headless: bool,
    frames: int | None,
    class_model: str,
    model: str,
    device: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Show a camera or a recording with another background.

    Keys: b next background, m mask, t times on or off, q or Esc quit.
    """
    from selfieseg_engine.cli.live_jobs import plan_live

    job = plan_live(
        camera,
        source,
        look,
        backgrounds,
        flip,
        loop,
        salvage,
        width,
        height,
        fps,
        virtual_camera,
        headless,
        frames,
    )
    try:
        answer = _run(job, class_model, model, device, threads)
    except KeyboardInterrupt:  # while things were opened
        raise click.exceptions.Exit(_INTERRUPTED) from None
    if as_json:
        print_json(answer)
    if answer["ended"] == "interrupted":
        raise click.exceptions.Exit(_INTERRUPTED)


def _run(job: LiveJob, class_model: str, model: str, device: str, threads: int | None) -> dict[str, Any]:
    # OpenCV, PyAV and OpenVINO load here, not when help is asked for.
    from contextlib import ExitStack

    from tqdm import tqdm

    from selfieseg_engine.cli.class_wishes import class_wishes, require_class_model
    from selfieseg_engine.frame_after_frame import settle_libraries
    from selfieseg_engine.live.stage import open_stage
    from selfieseg_engine.registry.registry import default_registry
    from selfieseg_engine.segmenter import Segmenter

    def report(line: str) -> None:
        tqdm.write(line, sys.stderr)

    settle_libraries()
    class_model_id = require_class_model(
        class_wishes(job.look, False), model, class_model, default_registry()
    )
    with ExitStack() as stack:
        stage = open_stage(job, report, stack)
        segmenter = stack.enter_context(
            Segmenter(model, device, threads, class_model_id, refine=job.look.refine_edges)
        )
        # disable=None: on a terminal only; a window has its own figures
        bar = tqdm(total=stage.frame_count, unit="frame", disable=True if job.has_window else None)
        stack.enter_context(bar)
        show = stage.begin(segmenter, report, stack)
        try:
            ended: str = show.run.until_end(job.frames, bar.update)
        except KeyboardInterrupt:
            ended = "interrupted"
        dropped, figures = show.source.dropped, show.run.figures
        return {
            "command": "live",
            "model": segmenter.model_id,
            "class_model": segmenter.class_model_id,
            "device": segmenter.device,
            "camera": job.camera if job.recording is None else None,
            "input": None if job.recording is None else str(job.recording),
            "virtual_camera": None if stage.virtual_camera is None else stage.virtual_camera.device,
            "width": stage.size[0],
            "height": stage.size[1],
            "frames": figures.drawn + dropped,
            "dropped": dropped,
            **figures.report(),
            "ended": ended,
        }
