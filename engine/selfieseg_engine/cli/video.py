"""``selfieseg video``: recordings."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from selfieseg_engine.cli.look_options import look_options
from selfieseg_engine.cli.option_groups import GroupedCommand
from selfieseg_engine.cli.options import PATH, class_model_option, engine_options, json_option, print_json
from selfieseg_engine.composite.look import Look

# Spelt out rather than imported, as the devices: PyAV must not load for help.
_CODECS = ("libx264", "libx265", "libvpx-vp9", "prores_ks", "ffv1")


@click.command(cls=GroupedCommand)
@click.argument("source", metavar="IN", type=PATH)
@click.option(
    "-o",
    "--output",
    "out",
    required=True,
    metavar="OUT",
    help="An .mp4, .mov, .mkv or .webm, or a folder or a name with %06d.png for pictures.",
)
@look_options
@click.option("--matte", metavar="OUT", help="Also write the mattes, in grey; lossless in .mkv and as PNG.")
@click.option("--codec", type=click.Choice(_CODECS), help="The encoder.  [default: the format's usual one]")
@click.option(
    "--crf", type=click.IntRange(min=0), help="Quality, lower is better.  [default: a good one for the codec]"
)
@click.option("--leave-out", is_flag=True, help="Go without streams which OUT's format cannot hold.")
@click.option("--salvage", is_flag=True, help="Make what can be had of a damaged recording.")
@class_model_option
@engine_options
@json_option
def video(
    source: Path,
    out: str,
    look: Look,
    matte: str | None,
    codec: str | None,
    crf: int | None,
    leave_out: bool,
    salvage: bool,
    class_model: str,
    model: str,
    device: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Give the people in a recording another background; sound, subtitles and times are kept."""
    answer = _make(
        source, out, look, matte, codec, crf, leave_out, salvage, class_model, model, device, threads
    )
    if as_json:
        print_json(answer)


def _make(
    source: Path,
    out: str,
    look: Look,
    matte: str | None,
    codec: str | None,
    crf: int | None,
    leave_out: bool,
    salvage: bool,
    class_model: str,
    model: str,
    device: str,
    threads: int | None,
) -> dict[str, Any]:
    # OpenCV, PyAV and OpenVINO load here, not when help is asked for.
    from tqdm import tqdm

    from selfieseg_engine.cli.class_wishes import class_wishes, require_class_model
    from selfieseg_engine.cli.video_jobs import plan_recording
    from selfieseg_engine.frame_after_frame import settle_libraries
    from selfieseg_engine.recording.pipeline import make_recording
    from selfieseg_engine.recording.reader import RecordingReader
    from selfieseg_engine.registry.registry import default_registry
    from selfieseg_engine.segmenter import Segmenter

    settle_libraries()
    job = plan_recording(source, out, matte, look, codec, crf, leave_out)
    class_model_id = require_class_model(class_wishes(look, False), model, class_model, default_registry())
    with (
        RecordingReader(source, salvage) as reader,
        Segmenter(model, device, threads, class_model_id, refine=look.refine_edges) as segmenter,
        # disable=None: a bar on a terminal only
        tqdm(total=reader.facts.frame_count, unit="frame", disable=None) as bar,
    ):
        started = time.perf_counter()
        report = make_recording(reader, segmenter, job, bar.update)
        elapsed = time.perf_counter() - started
        width, height = reader.facts.size
        return {
            "command": "video",
            "model": segmenter.model_id,
            "class_model": segmenter.class_model_id,
            "device": segmenter.device,
            "input": str(source),
            "output": out,
            "matte": matte,
            "width": width,
            "height": height,
            "frames": report.frames,
            "codec": report.codec,
            "pixel_format": report.pixel_format,
            "left_out": report.left_out,
            "seconds": round(elapsed, 3),
            "fps": round(report.frames / elapsed, 2),
        }
