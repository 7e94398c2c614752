"""The page that shows a report's figures, plots and pictures. Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from selfieseg_engine.benchmarks.quality.scores import METRICS, MORE_IS_BETTER

_STYLE = """<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; max-width: 1700px }
td, th { padding: .2em .8em; text-align: right } th:first-child { text-align: left }
tr:nth-child(even) { background: #eee } img { max-width: 100% } .plot { width: 48% } p.note { color: #555 }
</style>"""
_COST = ("median_ms", "cpu_ms_per_frame")


def make_page(report: Mapping[str, Any], plots: Sequence[str], sheets: Mapping[str, str]) -> str:
    """Return the HTML page.

    Args:
        report: the JSON object.
        plots: file names of plots beside the page.
        sheets: file names of the worst cases' pictures, by the name of the case.
    """
    machine = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    parts = [
        page_head(str(report["command"])),
        f"<h1>{escape(str(report['model'] or 'Mattes made elsewhere'))}</h1>",
        f"<p class=note>{report['rows'][0]['n']} × {escape(report['frame'])} · {escape(machine)}</p>",
        *_table(report),
        "<h2>Plots</h2>",
        *(f'<img class=plot src="{escape(name)}" alt="{escape(name)}">' for name in plots),
        "<h2>Worst cases</h2>",
        "<p class=note>In the difference, red: too much; blue: too little.</p>",
    ]
    for name, sheet in sheets.items():
        parts += [f"<h3>{escape(name)}</h3>", f'<img src="{escape(sheet)}" alt="{escape(name)}">']
    return "\n".join((*parts, "</body></html>\n"))


def page_head(title: str) -> str:
    """Return the beginning of a page, up to and with ``<body>``."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title>{_STYLE}</head><body>"
    )


def _table(report: Mapping[str, Any]) -> list[str]:
    rows = report["rows"]
    lines = ["<table><tr><th></th>" + "".join(f"<th>{escape(row['name'])}</th>" for row in rows) + "</tr>"]
    for key in (*METRICS, *_COST):
        if not any(row.get(key) is not None for row in rows):
            continue
        arrow = "↑" if key in MORE_IS_BETTER else "↓"
        cells = "".join(f"<td>{_cell(report, row, key)}</td>" for row in rows)
        lines.append(f"<tr><th>{escape(key)} {arrow}</th>{cells}</tr>")
    return [*lines, "</table>"]


def _cell(report: Mapping[str, Any], row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return "–"
    ratio = report["ratios"].get(f"{key}_{row['name']}_over_raw")
    shown = str(value) if isinstance(value, int) else f"{value:.4f}"
    return shown if ratio is None else f"{shown} <small>×{ratio:.3f}</small>"
