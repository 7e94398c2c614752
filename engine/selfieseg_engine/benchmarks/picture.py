"""Draws a benchmark's report: a bar for each row. One thread at a time. Needs the extra ``report``."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from textwrap import fill
from typing import TYPE_CHECKING, Any

from selfieseg_engine.benchmarks.drawing import new_figure, png_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEAD_AND_FOOT, _GAP, _ROW, _ROW_OF_TWO = 9.0, 1.7, 0.4, 0.42, 0.56  # inches
_NEW, _OLD, _CPU, _WHISKER = "#1f77b4", "#aec7e8", "#ff7f0e", "#444444"
_CAPTION_LETTERS = 135
_FOR_FIGURES = 0.16  # of the width, right of the longest bar
_SMALL, _SMALLER = 8, 7
_THOUSAND = 1000
_MOST_TIMES_THE_MIDDLE = 20

Rows = list[Mapping[str, Any]]


def draw_report(report: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> bytes:
    """Return medians with whiskers to p95, and CPU below them, as PNG; old medians in a lighter tone above.

    Raises:
        UserError: there is no matplotlib.
    """
    parts = parts_of(report["rows"])
    row_height = _ROW if old is None else _ROW_OF_TWO
    height = _HEAD_AND_FOOT + (len(parts) - 1) * _GAP + len(report["rows"]) * row_height
    figure = new_figure((_WIDTH, height))
    all_axes = figure.subplots(
        len(parts), squeeze=False, gridspec_kw={"height_ratios": [len(part) for part in parts]}
    )[:, 0]
    for axes, part in zip(all_axes, parts, strict=True):
        _draw_rows(axes, part, old)
    # Above the bars, where it hides none; the layout leaves room for it there.
    all_axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=_SMALL, frameon=False)
    all_axes[-1].set_xlabel("milliseconds", fontsize=_SMALL)
    figure.suptitle(_title(report), fontsize=10)
    figure.supxlabel(_caption(report, old), fontsize=_SMALLER)
    return png_of(figure)


def parts_of(rows: Rows) -> list[Rows]:
    """Return the rows, those that would make the others' bars vanish in a part of their own. Pure."""
    most = _MOST_TIMES_THE_MIDDLE * median(row["median_ms"] for row in rows)
    parts = (
        [row for row in rows if row["median_ms"] <= most],
        [row for row in rows if row["median_ms"] > most],
    )
    return [part for part in parts if part]


def _draw_rows(axes: Axes, rows: Rows, old: Mapping[str, Any] | None) -> None:
    old_rows = {}
    if old is not None:
        old_rows = {row["name"]: row for row in old["rows"]}
        label = f"median before, {old['machine'].get('date', 'day unknown')}"
        _draw_bars(axes, [old_rows.get(row["name"], {}) for row in rows], -0.26, 0.2, _OLD, label)
    offset, height = (-0.1, 0.44) if old is None else (0.0, 0.3)
    _draw_bars(axes, rows, offset, height, _NEW, "median, whisker to 95 %")
    known = [(place, row["cpu_ms_per_frame"]) for place, row in enumerate(rows) if _has_cpu(row)]
    axes.barh([place + 0.24 for place, _ in known], [cpu for _, cpu in known], 0.14, color=_CPU, label="CPU")
    for place, row in enumerate(rows):
        _write_median(axes, place + offset, row, old_rows.get(row["name"]))
    axes.set_yticks(range(len(rows)), [_row_label(row) for row in rows], fontsize=_SMALL)
    axes.set_ylim(len(rows) - 0.4, -0.6)  # the first row on top
    axes.set_xlim(0, axes.get_xlim()[1] * (1 + _FOR_FIGURES))
    axes.tick_params(axis="x", labelsize=_SMALL)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)


def _draw_bars(axes: Axes, rows: Rows, offset: float, height: float, colour: str, label: str) -> None:
    """Draw the rows that have a median; ``offset`` is down from the row's middle, 1 is the next row."""
    known = [(place + offset, row) for place, row in enumerate(rows) if row]
    medians = [row["median_ms"] for _, row in known]
    axes.barh([place for place, _ in known], medians, height, color=colour, label=label)
    for place, row in known:
        if row.get("p95_ms") is not None:
            ends = [row["median_ms"], row["p95_ms"]]
            axes.plot(ends, [place] * 2, "-", color=_WHISKER, linewidth=1)
            axes.plot(ends[1:], [place], "|", color=_WHISKER, markersize=height * 20)


def _write_median(axes: Axes, place: float, row: Mapping[str, Any], old: Mapping[str, Any] | None) -> None:
    """Write the median right of all that is drawn beside it."""
    before = "" if old is None else f" (was {_figure(old['median_ms'])})"
    end = max(row["median_ms"], row.get("p95_ms") or 0)
    axes.annotate(
        _figure(row["median_ms"]) + before,
        (end, place),
        textcoords="offset points",
        xytext=(5, 0),
        va="center",
        fontsize=_SMALLER,
    )


def _figure(milliseconds: float) -> str:
    return f"{milliseconds:.3g}" if milliseconds < _THOUSAND else f"{milliseconds:.0f}"


def _has_cpu(row: Mapping[str, Any]) -> bool:
    return row.get("cpu_ms_per_frame") is not None


def _row_label(row: Mapping[str, Any]) -> str:
    return f"{row['name']}  (n {row.get('n', '–')})"


def _title(report: Mapping[str, Any]) -> str:
    return ", ".join(str(report[key]) for key in ("command", "model", "frame") if report.get(key))


def _caption(report: Mapping[str, Any], old: Mapping[str, Any] | None) -> str:
    """Return date and machine, and the old machine where it was another."""
    machine = _machine(report)
    lines = [f"{report['machine']['date']}: {machine}"]
    if old is not None and _machine(old) != machine:
        lines.append(f"before: {_machine(old)}")
    return "\n".join(fill(line, _CAPTION_LETTERS) for line in lines)


def _machine(report: Mapping[str, Any]) -> str:
    facts = {key.replace("_", " "): value for key, value in report["machine"].items() if key != "date"}
    return ", ".join(f"{key} {value}" for key, value in facts.items())
