"""Draws how good models are against what they cost. Needs matplotlib, the extra ``report``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selfieseg_engine.benchmarks.drawing import new_figure, png_of
from selfieseg_engine.benchmarks.models.summary import ALL, REFINED
from selfieseg_engine.benchmarks.quality.scores import IOU

_INCHES = (9.0, 5.0)


def draw_trade_off(report: Mapping[str, Any]) -> bytes | None:
    """Return refined IoU of all photos over milliseconds with one thread, as PNG; None without mattes.

    One thread at a time. Raises ``UserError`` where there is no matplotlib.
    """
    rows = [row for row in report["rows"] if row[ALL] is not None]
    if not rows:
        return None
    figure = new_figure(_INCHES)
    axes = figure.subplots()
    for place, row in enumerate(sorted(rows, key=lambda row: row["median_ms"])):
        point = row["median_ms"], row[ALL][REFINED][IOU]
        axes.plot(*point, "o", color="#1f77b4")
        # Above and below in turn: models that are alike have dots beside each other.
        above = place % 2 == 0
        offset, align = ((0, 5), "bottom") if above else ((0, -5), "top")
        axes.annotate(
            row["name"], point, textcoords="offset points", xytext=offset, ha="center", va=align, fontsize=7
        )
    axes.set_xscale("log")
    axes.margins(x=0.12)  # for the outer names
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("{x:g}")
    axes.set_xlabel("ms of an inference, one thread (to the left is better)")
    axes.set_ylabel("refined IoU (up is better)")
    axes.grid(alpha=0.3, which="both")
    return png_of(figure)
