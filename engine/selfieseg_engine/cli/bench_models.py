"""``selfieseg bench models``: all models at hand, compared on photos whose true masks are known."""

from __future__ import annotations

from pathlib import Path

import click

from selfieseg_engine.cli.options import json_option, print_json

_ROUNDS = 3
_FOLDER = click.Path(path_type=Path)


@click.command("models")
@click.option(
    "--images", type=_FOLDER, required=True, metavar="DIR", help="Photos; each is judged by itself."
)
@click.option(
    "--masks", type=_FOLDER, required=True, metavar="DIR", help="Their true masks, by the same names."
)
@click.option("--ignore", type=_FOLDER, metavar="DIR", help="Pixels that are not 0 here do not count.")
@click.option("--mattes", type=_FOLDER, metavar="DIR", help="True soft mattes of some photos.")
@click.option(
    "--model",
    "model_ids",
    multiple=True,
    metavar="ID",
    help="A model to measure; may be given again.  [default: all on this machine]",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=_ROUNDS,
    show_default=True,
    help="Turns of each model in which its inferences are timed.",
)
@click.option("--report", type=_FOLDER, metavar="DIR", help="Also draw a page and contact sheets there.")
@json_option
def bench_models(
    images: Path,
    masks: Path,
    ignore: Path | None,
    mattes: Path | None,
    model_ids: tuple[str, ...],
    rounds: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """How good the models' mattes are, and what each costs on this machine's CPU."""
    # OpenCV and OpenVINO load here, not when help is asked for.
    from tqdm import tqdm

    from selfieseg_engine.benchmarks.machine import describe_machine
    from selfieseg_engine.benchmarks.models.candidates import choose_candidates
    from selfieseg_engine.benchmarks.models.report import write_report
    from selfieseg_engine.benchmarks.models.run import measure_models, steps_of
    from selfieseg_engine.benchmarks.models.sheet_run import make_sheets
    from selfieseg_engine.benchmarks.models.summary import make_report
    from selfieseg_engine.benchmarks.models.table import left_out_lines, titled_tables
    from selfieseg_engine.benchmarks.quality.files import find_photos
    from selfieseg_engine.benchmarks.quality.report_folder import require_report_folder
    from selfieseg_engine.benchmarks.text_table import lines_of
    from selfieseg_engine.frame_after_frame import settle_libraries
    from selfieseg_engine.registry.registry import default_registry

    settle_libraries()  # as the engine does, whose cost this is to tell
    if report is not None:
        require_report_folder(report)  # before minutes of work, not after
    photo_set = find_photos(images, masks, mattes, ignore, None)
    manifests = choose_candidates(model_ids, default_registry())
    steps = steps_of(manifests, len(photo_set.photos), rounds) + (len(manifests) if report is not None else 0)
    # disable=None: a bar on a terminal only.
    with tqdm(total=steps, desc="bench models", unit="step", disable=None) as bar:
        outcome = measure_models(photo_set, manifests, rounds, bool(model_ids), bar.update)
        answer = make_report(outcome, describe_machine())
        if report is not None:
            write_report(report, answer, make_sheets(outcome, photo_set, lambda: bar.update()))
    if as_json:
        print_json(answer)
        return
    for title, table in titled_tables(answer):
        click.echo(f"{title}:")
        for line in lines_of(table):
            click.echo(f"  {line}")
    for line in left_out_lines(answer):
        click.echo(line)
    if report is not None:
        click.echo(f"report: {report / 'index.html'}")
