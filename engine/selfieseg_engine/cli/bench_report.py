"""What the speed benchmarks do with their reports: print, compare with an earlier one, draw."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from selfieseg_engine.cli.options import PATH, json_option, print_json

Report = dict[str, Any]


def reporting(measure: Callable[..., Report]) -> Callable[..., None]:
    """Give a command ``--compare``, ``--picture`` and ``--json``; the report that it returns is told so.

    Stands below the other options. Files are looked at before the command measures: minutes of work, and then
    a wrong name, would be a pity.
    """

    @click.option(
        "--compare",
        type=PATH,
        metavar="OLD.json",
        help="Also tell what changed since an earlier --json.",
    )
    @click.option("--picture", type=PATH, metavar="FILE.png", help="Also draw the rows, and the old medians.")
    @json_option
    @wraps(measure)
    def command(compare: Path | None, picture: Path | None, as_json: bool, **options: Any) -> None:
        # Imported late, for `selfieseg --help` imports every command.
        from selfieseg_engine.benchmarks.old_report import read_old_report
        from selfieseg_engine.benchmarks.picture_file import require_picture_place

        name = f"bench {click.get_current_context().command.name}"
        old = None if compare is None else read_old_report(compare, name)
        if picture is not None:
            require_picture_place(picture)
        report = measure(**options)
        _tell(report, old, compare, as_json)
        if picture is not None:  # last: what goes wrong here costs no figures
            _draw(report, old, picture)
            if not as_json:
                click.echo(f"picture: {picture}")

    return command


def _tell(report: Report, old: Report | None, file: Path | None, as_json: bool) -> None:
    from selfieseg_engine.benchmarks.comparison import compare_reports
    from selfieseg_engine.benchmarks.report_lines import comparison_lines, report_lines

    compared = None if old is None else compare_reports(old, report, str(file))
    if as_json:
        print_json(report if compared is None else {**report, "compared": compared})
        return
    for line in report_lines(report) + ([] if compared is None else comparison_lines(compared)):
        click.echo(line)


def _draw(report: Report, old: Report | None, picture: Path) -> None:
    from selfieseg_engine.benchmarks.picture import draw_report
    from selfieseg_engine.benchmarks.picture_file import write_picture_file

    write_picture_file(picture, draw_report(report, old))
