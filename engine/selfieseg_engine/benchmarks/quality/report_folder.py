"""Writes a report to a folder, whole or not at all. One thread at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.benchmarks.drawing import require_matplotlib
from selfieseg_engine.benchmarks.quality.outcome import Outcome
from selfieseg_engine.benchmarks.quality.plots import draw_plots
from selfieseg_engine.benchmarks.quality.report_page import make_page
from selfieseg_engine.errors import UserError

_NOT_WRITTEN = "the report cannot be written"


def require_report_folder(folder: Path) -> None:
    """Raise ``UserError`` unless a report can be drawn and ``folder`` is free for it: missing or empty."""
    require_matplotlib()
    try:
        is_free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    except OSError as error:
        raise _unwritable(folder, error) from error
    if not is_free:
        raise UserError(_NOT_WRITTEN, f"there is something in {folder} already", "choose another folder")


def write_report(folder: Path, outcome: Outcome, report: Mapping[str, Any]) -> None:
    """Write ``index.html``, ``report.json``, a plot for each metric and a picture for each worst case.

    Raises:
        UserError: the folder is not free, cannot be written, or there is no matplotlib.
    """
    write_folder(folder, lambda made: _fill(made, outcome, report))


def write_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """Make a report's folder, whole or not at all; ``fill`` writes into the empty one that it is given.

    Raises:
        UserError: the folder is not free, cannot be written, or there is no matplotlib.
    """
    require_report_folder(folder)
    try:
        with scratch_dir_beside(folder) as scratch:
            made = scratch / "report"
            made.mkdir()
            fill(made)
            if folder.exists():
                folder.rmdir()  # it is empty: elsewhere than on POSIX nothing can be renamed to it
            made.replace(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _fill(folder: Path, outcome: Outcome, report: Mapping[str, Any]) -> None:
    plots = []
    for metric, content in draw_plots(outcome):
        plots.append(f"plot-{metric}.png")
        (folder / plots[-1]).write_bytes(content)
    sheets = {}
    for place, case in enumerate(outcome.worst, start=1):
        if case.sheet is None:
            continue
        name = f"worst-{place}.png"
        (folder / name).write_bytes(cv2.imencode(".png", case.sheet)[1].tobytes())
        sheets[outcome.names[case.index]] = name
    (folder / "report.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    (folder / "index.html").write_text(make_page(report, plots, sheets), encoding="utf-8")


def _unwritable(folder: Path, error: OSError) -> UserError:
    return UserError(
        _NOT_WRITTEN, f"{folder}: {error.strerror or error}", "check the folder and its permissions"
    )
