"""``selfieseg bench quality``: mattes against pictures whose true matte is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from selfieseg_engine.cli.options import engine_options, json_option, print_json

if TYPE_CHECKING:
    from selfieseg_engine.benchmarks.quality.outcome import Outcome
    from selfieseg_engine.benchmarks.quality.variants import Makers

# Spelt out rather than imported: help must not wait for OpenCV and OpenVINO.
_FOR_PHOTOS = ("raw", "edges")
_FOR_SEQUENCES = ("raw", "edges", "time", "full", "paused", "lagged", "led")
_NONE = "none"
_FOLDER = click.Path(path_type=Path)


@click.command("quality")
@click.option("--images", type=_FOLDER, metavar="DIR", help="Photos; each is judged by itself.")
@click.option("--masks", type=_FOLDER, metavar="DIR", help="Their true masks, by the same names.")
@click.option("--ignore", type=_FOLDER, metavar="DIR", help="Pixels that are not 0 here do not count.")
@click.option("--frames", type=_FOLDER, metavar="DIR_OR_VIDEO", help="Instead, a sequence of frames.")
@click.option(
    "--mattes", type=_FOLDER, metavar="DIR", help="True soft mattes: one for each frame, or of some photos."
)
@click.option(
    "--predicted", type=_FOLDER, metavar="DIR_OR_VIDEO", help="Mattes made elsewhere, as one more row."
)
@click.option(
    "--cut",
    "cuts",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="FRAME",
    help="First after a jump cut.",
)
@click.option(
    "--variant",
    "variants",
    type=click.Choice((*_FOR_SEQUENCES, _NONE)),
    multiple=True,
    help="raw: the model's mask, stretched. edges: refined. time: smoothed. full: both. paused: full, as OBS "
    "shows it, resting while the picture stands still. lagged: raw over the picture two frames later. led: "
    "paused and moved ahead, over that picture. none: --predicted alone.  "
    "[default: raw and edges; for frames all]",
)
@click.option("--report", type=_FOLDER, metavar="DIR", help="Also draw plots and the worst cases there.")
@engine_options
@json_option
def bench_quality(
    images: Path | None,
    masks: Path | None,
    ignore: Path | None,
    frames: Path | None,
    mattes: Path | None,
    predicted: Path | None,
    cuts: tuple[int, ...],
    variants: tuple[str, ...],
    report: Path | None,
    model: str,
    device: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """How good the mattes are: of photos (--images, --masks) or of a moving picture (--frames, --mattes)."""
    _require_sense(images, masks, ignore, frames, mattes, predicted, cuts, variants)
    # OpenCV and OpenVINO load here, not when help is asked for.
    from selfieseg_engine.benchmarks.machine import describe_machine
    from selfieseg_engine.benchmarks.quality.report_folder import require_report_folder, write_report
    from selfieseg_engine.benchmarks.quality.summary import make_report, table
    from selfieseg_engine.benchmarks.quality.variants import open_makers
    from selfieseg_engine.frame_after_frame import settle_libraries

    settle_libraries()  # as the engine does, whose cost this is to tell
    if report is not None:
        require_report_folder(report)  # before minutes of work, not after
    names = [
        name for name in variants or (_FOR_PHOTOS if frames is None else _FOR_SEQUENCES) if name != _NONE
    ]
    if frames is not None and mattes is not None:
        measure = _plan_frames(frames, mattes, predicted, cuts, report is not None)
    elif images is not None and masks is not None:
        measure = _plan_images(images, masks, mattes, ignore, predicted, report is not None)
    with open_makers(list(dict.fromkeys(names)), model, device, threads) as makers:
        outcome = measure(makers)
        answer = make_report(outcome, {**describe_machine(), "device": makers.device}, makers.model_id)
    if report is not None:
        write_report(report, outcome, answer)
    if as_json:
        print_json(answer)
        return
    for line in table(answer):
        click.echo(line)
    if report is not None:
        click.echo(f"report: {report / 'index.html'}")


def _require_sense(
    images: Path | None,
    masks: Path | None,
    ignore: Path | None,
    frames: Path | None,
    mattes: Path | None,
    predicted: Path | None,
    cuts: tuple[int, ...],
    variants: tuple[str, ...],
) -> None:
    """Raise ``click.UsageError`` where options are missing or do not go together."""
    if (images is None) == (frames is None):
        raise click.UsageError("give either --images with --masks, or --frames with --mattes")
    if images is not None and masks is None:
        raise click.UsageError("--images needs --masks, the true masks of the photos")
    if frames is not None and mattes is None:
        raise click.UsageError("--frames needs --mattes, the true matte of each frame")
    if frames is not None and (masks is not None or ignore is not None):
        raise click.UsageError("--masks and --ignore are for --images; a sequence has --mattes")
    if images is not None and (cuts or set(variants) - {*_FOR_PHOTOS, _NONE}):
        raise click.UsageError(
            f"--cut and all but {', '.join(_FOR_PHOTOS)} are for --frames: photos have no time"
        )
    if _NONE in variants and (predicted is None or set(variants) != {_NONE}):
        raise click.UsageError("--variant none stands alone, and with --predicted")


def _plan_images(
    images: Path, masks: Path, mattes: Path | None, ignore: Path | None, predicted: Path | None, draws: bool
) -> Callable[[Makers], Outcome]:
    """Return what measures the photos, once the models are loaded. Raises what ``find_photos`` does."""
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.quality.files import find_photos
    from selfieseg_engine.benchmarks.quality.photo_run import measure_photos

    photo_set = find_photos(images, masks, mattes, ignore, predicted)

    def measure(makers: Makers) -> Outcome:
        # disable=None: a bar on a terminal only.
        with tqdm(total=len(photo_set.photos), desc="bench quality", unit="photo", disable=None) as bar:
            return measure_photos(photo_set, makers.by_name, draws, on_photo=bar.update)

    return measure


def _plan_frames(
    frames: Path, mattes: Path, predicted: Path | None, cuts: tuple[int, ...], draws: bool
) -> Callable[[Makers], Outcome]:
    """Return what measures the sequence, once the models are loaded.

    Raises:
        UserError: a file or folder cannot be read, or they hold different numbers of frames.
        click.UsageError: a cut after the end.
    """
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.quality.frames import open_frames, require_equal_counts
    from selfieseg_engine.benchmarks.quality.sequence_run import measure_sequence

    source, truths = open_frames(frames), open_frames(mattes)
    elsewhere = None if predicted is None else open_frames(predicted)
    for other in (truths, *([] if elsewhere is None else [elsewhere])):
        require_equal_counts(source, other)
    if max(cuts, default=0) >= source.count():
        raise click.UsageError(f"--cut {max(cuts)} is after the last frame, {source.count() - 1}")

    def measure(makers: Makers) -> Outcome:
        with tqdm(total=source.count(), desc="bench quality", unit="frame", disable=None) as bar:
            return measure_sequence(
                source, truths, makers.by_name, elsewhere, cuts, draws, on_frame=bar.update
            )

    return measure
