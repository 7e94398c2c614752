"""``selfieseg image``: stills."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selfieseg_engine.cli.options import background_option, engine_options, json_option, print_json
from selfieseg_engine.composite.background import Background, TransparentBackground, VideoBackground
from selfieseg_engine.errors import UserError

if TYPE_CHECKING:
    from selfieseg_engine.cli.image_jobs import ImageJob
    from selfieseg_engine.segmenter import Segmenter


@click.command()
@click.argument("inputs", metavar="IN…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", "out", required=True, metavar="OUT_OR_DIR", help="A file, or a folder.")
@background_option
@click.option("--matte", metavar="PNG", help="Also write the 8-bit matte, at the picture's size.")
@click.option("--classes", metavar="PNG", help="Also write the class map of a model that has classes.")
@engine_options
@json_option
def image(
    inputs: tuple[Path, ...],
    out: str,
    background: Background,
    matte: str | None,
    classes: str | None,
    model: str,
    device: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Give the people in pictures another background."""
    # OpenCV and OpenVINO load here, not when help is asked for.
    from tqdm import tqdm

    from selfieseg_engine.cli.image_jobs import plan_jobs
    from selfieseg_engine.model_choice import choose_model_id
    from selfieseg_engine.registry.registry import default_registry
    from selfieseg_engine.segmenter import Segmenter

    if isinstance(background, VideoBackground):
        raise click.UsageError("video: is a background for videos; for pictures use image:PATH")
    jobs = plan_jobs(inputs, out, matte, alpha=isinstance(background, TransparentBackground))
    if classes is not None:
        model_id = choose_model_id(model, default_registry())
        raise UserError(
            f"no class map for {classes}",
            f"the model {model_id} has no classes, it only tells people from background",
            "leave --classes out",
        )
    with Segmenter(model, device, threads) as segmenter:
        # disable=None: a bar on a terminal only
        reports = [_do(job, segmenter, background) for job in tqdm(jobs, unit="picture", disable=None)]
        answer = {"command": "image", "model": segmenter.model_id, "device": segmenter.device}
    if as_json:
        print_json({**answer, "images": reports})


def _do(job: ImageJob, segmenter: Segmenter, background: Background) -> dict[str, Any]:
    from selfieseg_engine.composite.compose import composite
    from selfieseg_engine.matte.levels import person_fraction, to_u8_matte
    from selfieseg_engine.pictures import read_picture, write_picture

    frame_bgr = read_picture(job.input_path)
    segmenter.reset()
    started = time.perf_counter()
    result = segmenter.segment(frame_bgr)
    segment_ms = (time.perf_counter() - started) * 1000
    picture = composite(frame_bgr, result, background)
    if job.matte_path is not None:
        write_picture(job.matte_path, to_u8_matte(result.matte))
    write_picture(job.output_path, picture)
    return {
        "input": str(job.input_path),
        "output": str(job.output_path),
        "matte": None if job.matte_path is None else str(job.matte_path),
        "width": frame_bgr.shape[1],
        "height": frame_bgr.shape[0],
        "person_fraction": round(person_fraction(result.matte), 4),
        "segment_ms": round(segment_ms, 3),
    }
