"""``selfieseg image``: stills."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selfieseg_engine.cli.look_options import look_options
from selfieseg_engine.cli.option_groups import GroupedCommand
from selfieseg_engine.cli.options import class_model_option, engine_options, json_option, print_json
from selfieseg_engine.composite.background import ImageBackground, TransparentBackground, VideoBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.errors import PictureError, UserError

if TYPE_CHECKING:
    from selfieseg_engine.cli.image_jobs import ImageJob
    from selfieseg_engine.result import SegmentationResult
    from selfieseg_engine.segmenter import Segmenter

_MOST_TOLD = 5


@click.command(cls=GroupedCommand)
@click.argument("inputs", metavar="IN…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", "out", required=True, metavar="OUT_OR_DIR", help="A file, or a folder.")
@look_options
@click.option(
    "--matte", metavar="PNG", help="Also write the 8-bit matte that was used, at the picture's size."
)
@click.option("--classes", metavar="PNG", help="Also write the map of hair, skin and clothes, in colours.")
@class_model_option
@engine_options
@json_option
def image(
    inputs: tuple[Path, ...],
    out: str,
    look: Look,
    matte: str | None,
    classes: str | None,
    class_model: str,
    model: str,
    device: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Give the people in pictures another background, and other colours."""
    # OpenCV and OpenVINO load here, not when help is asked for.
    from tqdm import tqdm

    from selfieseg_engine.cli.class_wishes import class_wishes, require_class_model
    from selfieseg_engine.cli.image_jobs import plan_jobs
    from selfieseg_engine.composite.backdrop import load_backdrop
    from selfieseg_engine.registry.registry import default_registry
    from selfieseg_engine.segmenter import Segmenter

    if isinstance(look.background, VideoBackground):
        raise click.UsageError("video: is a background for videos; for pictures use image:PATH")
    alpha = isinstance(look.background, TransparentBackground) and look.view in ("result", "split")
    behind = look.background.path if isinstance(look.background, ImageBackground) else None
    jobs = plan_jobs(inputs, out, matte, classes, alpha, behind)
    wishes = class_wishes(look, classes is not None)
    class_model_id = require_class_model(wishes, model, class_model, default_registry())
    if behind is not None:
        load_backdrop(behind, (1, 1))  # one that cannot be had is told at once, and once
    reports, failures = [], []
    with Segmenter(model, device, threads, class_model_id, refine=look.refine_edges) as segmenter:
        # disable=None: a bar on a terminal only
        for job in tqdm(jobs, unit="picture", disable=None):
            try:
                reports.append(_do(job, segmenter, look))
            except UserError as error:
                failures.append(error)
                reports.append(_report(job, error=str(error)))
        answer = {
            "command": "image",
            "model": segmenter.model_id,
            "class_model": segmenter.class_model_id,
            "device": segmenter.device,
        }
    if as_json:
        print_json({**answer, "images": reports})
    if failures:
        raise _sum_of(failures, len(jobs))


def _do(job: ImageJob, segmenter: Segmenter, look: Look) -> dict[str, Any]:
    from selfieseg_engine.composite.compose import composite, make_matte
    from selfieseg_engine.matte.levels import person_fraction
    from selfieseg_engine.pictures import read_picture, write_picture

    frame_bgr = read_picture(job.input_path)
    segmenter.reset()
    started = time.perf_counter()
    result = segmenter.segment(frame_bgr)
    segment_ms = (time.perf_counter() - started) * 1000
    picture = composite(frame_bgr, result, look=look)
    if job.matte_path is not None:
        write_picture(job.matte_path, make_matte(result.matte, frame_bgr, look))
    if job.classes_path is not None:
        _write_classes(job.classes_path, result)
    write_picture(job.output_path, picture)
    return _report(
        job,
        width=frame_bgr.shape[1],
        height=frame_bgr.shape[0],
        person_fraction=round(person_fraction(result.matte), 4),
        segment_ms=round(segment_ms, 3),
    )


def _report(job: ImageJob, **known: Any) -> dict[str, Any]:
    """Return one entry of ``--json``: what is not known is null, ``error`` is null where all went well."""
    return {
        "input": str(job.input_path),
        "output": str(job.output_path),
        "matte": None if job.matte_path is None else str(job.matte_path),
        "classes": None if job.classes_path is None else str(job.classes_path),
        **dict.fromkeys(("width", "height", "person_fraction", "segment_ms", "error")),
        **known,
    }


def _sum_of(failures: list[UserError], count: int) -> UserError:
    """Return one error for all."""
    if count == 1:
        return failures[0]
    told = [f"{error.what} ({error.why}; {error.remedy})" for error in failures[:_MOST_TOLD]]
    if len(failures) > len(told):
        told.append(f"{len(failures) - len(told)} more, which --json lists")
    return UserError(
        f"{len(failures)} of {count} pictures could not be made", "; ".join(told), "the others are there"
    )


def _write_classes(path: Path, result: SegmentationResult) -> None:
    from selfieseg_engine.atomic import write_bytes_atomically
    from selfieseg_engine.composite.classes_view import palette_of
    from selfieseg_engine.composite.palette_png import encode_palette_png

    assert result.class_map is not None  # there is a class model
    try:
        write_bytes_atomically(path, encode_palette_png(result.class_map, palette_of(result.class_names)))
    except OSError as error:
        raise PictureError(
            f"{path} cannot be written", error.strerror or str(error), "check the folder and its permissions"
        ) from error
