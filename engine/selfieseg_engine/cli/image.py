"""``selfieseg image``: stills."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selfieseg_engine.cli.look_options import look_options
from selfieseg_engine.cli.option_groups import GroupedCommand
from selfieseg_engine.cli.options import PATH, class_model_option, engine_options, json_option, print_json
from selfieseg_engine.composite.background import ImageBackground, TransparentBackground, VideoBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.errors import PictureError, UserError

if TYPE_CHECKING:
    from selfieseg_engine.cli.image_jobs import ImageJob
    from selfieseg_engine.result import SegmentationResult
    from selfieseg_engine.segmenter import Segmenter

DEFAULT_QUALITY = 95
_MOST_TOLD = 5


@click.command(cls=GroupedCommand)
@click.argument("inputs", metavar="IN…", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", "out", required=True, metavar="OUT_OR_DIR", help="A file, or a folder.")
@look_options
@click.option(
    "--matte", metavar="PNG", help="Also write the 8-bit matte that was used, at the picture's size."
)
@click.option("--classes", metavar="PNG", help="Also write the map of hair, skin and clothes, in colours.")
@click.option(
    "--compare",
    type=PATH,
    metavar="PNG",
    help="Also write a figure: original, classes, background removed, background blurred. For one picture.",
)
@click.option("--recursive", is_flag=True, help="Of a folder, take the pictures in the folders below, too.")
@click.option(
    "--quality",
    type=click.IntRange(1, 100),
    default=DEFAULT_QUALITY,
    show_default=True,
    help="Of a JPEG.",
)
@class_model_option
@engine_options
@json_option
def image(
    inputs: tuple[Path, ...],
    out: str,
    look: Look,
    matte: str | None,
    classes: str | None,
    compare: Path | None,
    recursive: bool,
    quality: int,
    class_model: str,
    model: str,
    device: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Give the people in pictures another background, and other colours.

    IN… are files, folders and quoted patterns such as 'photos/**/*.jpg'. What a file tells of itself is kept
    where the format allows: 16 bits, transparency, ICC profile and EXIF (without thumbnail).
    """
    # OpenCV and OpenVINO load here, not when help is asked for.
    from tqdm import tqdm

    from selfieseg_engine.class_model import class_model_beside
    from selfieseg_engine.cli.class_wishes import class_wishes, require_class_model
    from selfieseg_engine.cli.image_inputs import find_inputs
    from selfieseg_engine.cli.image_jobs import plan_jobs, require_png
    from selfieseg_engine.composite.backdrop import load_backdrop
    from selfieseg_engine.model_choice import choose_model_id
    from selfieseg_engine.registry.registry import default_registry
    from selfieseg_engine.segmenter import Segmenter

    if isinstance(look.background, VideoBackground):
        raise click.UsageError("video: is a background for videos; for pictures use image:PATH")
    alpha = isinstance(look.background, TransparentBackground) and look.view in ("result", "split")
    behind = look.background.path if isinstance(look.background, ImageBackground) else None
    found = find_inputs(inputs, recursive, [each for each in (out, matte, classes) if each is not None])
    if compare is not None:
        if len(found.pictures) > 1:
            raise click.UsageError(f"--compare is for one picture, not for {len(found.pictures)}")
        require_png(compare, "the figure is a PNG")
    sources = [] if behind is None else [behind]
    jobs = plan_jobs(found, out, matte, classes, alpha, sources, [] if compare is None else [compare])
    wishes = class_wishes(look, classes is not None)
    registry = default_registry()
    class_model_id = require_class_model(wishes, model, class_model, registry)
    if compare is not None and class_model_id is None:  # one that is at hand; it goes without one, too
        class_model_id = class_model_beside(choose_model_id(model, registry), class_model, registry)
    if behind is not None:
        load_backdrop(behind, (1, 1))  # one that cannot be had is told at once, and once
    reports, failures = [], []
    with Segmenter(
        model, device, threads, class_model_id, refine=look.refine_edges, smoothing=0
    ) as segmenter:
        # disable=None: a bar on a terminal only
        for job in tqdm(jobs, unit="picture", disable=None):
            try:
                reports.append(_do(job, segmenter, look, quality, compare))
            except UserError as error:
                failures.append(error)
                reports.append(_report(job, error=str(error)))
        answer = {
            "command": "image",
            "model": segmenter.model_id,
            "class_model": segmenter.class_model_id,
            "device": segmenter.device,
            "compare": None if compare is None else str(compare),
        }
    if as_json:
        print_json({**answer, "images": reports})
    if failures:
        raise _sum_of(failures, len(jobs))


def _do(
    job: ImageJob, segmenter: Segmenter, look: Look, quality: int, compare: Path | None
) -> dict[str, Any]:
    from selfieseg_engine.composite.compose import make_matte
    from selfieseg_engine.matte.levels import person_fraction
    from selfieseg_engine.pictures import ALPHA_SUFFIXES, write_picture
    from selfieseg_engine.stills.comparison import draw_comparison
    from selfieseg_engine.stills.compose import compose_still, frames_of
    from selfieseg_engine.stills.read import read_still
    from selfieseg_engine.stills.still import without_alpha
    from selfieseg_engine.stills.write import holds_16_bits, write_still

    still = read_still(job.input_path)
    if job.output_path.suffix.lower() not in ALPHA_SUFFIXES:
        still = without_alpha(still)
    frames = frames_of(still)
    segmenter.reset()
    started = time.perf_counter()
    result = segmenter.segment(frames.seen)
    segment_ms = (time.perf_counter() - started) * 1000
    picture = compose_still(still, frames, result, look, holds_16_bits(job.output_path))
    if job.matte_path is not None:
        write_picture(job.matte_path, make_matte(result.mask, frames.seen, look))
    if job.classes_path is not None:
        _write_classes(job.classes_path, result)
    if compare is not None:
        write_picture(compare, draw_comparison(frames.seen, result, look))
    write_still(job.output_path, picture, still.metadata, quality)
    return _report(
        job,
        width=picture.shape[1],
        height=picture.shape[0],
        bits=8 * picture.itemsize,
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
        **dict.fromkeys(("width", "height", "bits", "person_fraction", "segment_ms", "error")),
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
