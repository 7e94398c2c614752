"""Writes a comparison down: a page, tables, the contact sheets. One thread at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import cv2

from selfieseg_engine.benchmarks.models.contact_sheet import Picture
from selfieseg_engine.benchmarks.models.plot import draw_trade_off
from selfieseg_engine.benchmarks.models.table import left_out_lines, markdown_of, titled_tables
from selfieseg_engine.benchmarks.quality.report_folder import write_folder
from selfieseg_engine.benchmarks.quality.report_page import page_head
from selfieseg_engine.benchmarks.text_table import Table

NOTE = (
    "Portraits: the true mask is one piece (90 % of it), takes 15 % of the picture, and its box is at most "
    "1.9 times as tall as wide. Raw: the model's mask, stretched. Refined: as `selfieseg image` makes it. "
    "Times: bare inferences on the CPU. Memory: what a process grows by that loads and runs the model."
)
_PLOT = "trade-off.png"


def write_report(folder: Path, report: Mapping[str, Any], sheets: Sequence[Picture]) -> None:
    """Write ``index.html``, ``table.md``, ``report.json`` and the pictures, whole or not at all.

    Raises:
        UserError: the folder is not free, cannot be written, or there is no matplotlib.
    """

    def fill(made: Path) -> None:
        plot = draw_trade_off(report)
        if plot is not None:
            (made / _PLOT).write_bytes(plot)
        names = [f"sheet-{number}.png" for number in range(1, len(sheets) + 1)]
        for name, sheet in zip(names, sheets, strict=True):
            (made / name).write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
        answer = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
        (made / "report.json").write_text(answer, encoding="utf-8")
        (made / "table.md").write_text(make_markdown(report), encoding="utf-8")
        page = make_page(report, [*([] if plot is None else [_PLOT]), *names])
        (made / "index.html").write_text(page, encoding="utf-8")

    write_folder(folder, fill)


def make_markdown(report: Mapping[str, Any]) -> str:
    """Return all tables in Markdown. Pure."""
    parts = [NOTE]
    for title, table in titled_tables(report):
        parts.append("\n".join([f"## {title}", "", *markdown_of(table)]))
    parts += left_out_lines(report)
    return "\n\n".join(parts) + "\n"


def make_page(report: Mapping[str, Any], pictures: Sequence[str]) -> str:
    """Return the HTML page with the tables and these pictures, files beside it. Pure."""
    machine = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    parts = [
        page_head(str(report["command"])),
        "<h1>Models</h1>",
        f"<p class=note>{len(report['photos'])} × {escape(report['frame'])} · {escape(machine)}</p>",
        f"<p class=note>{escape(NOTE)}</p>",
    ]
    for title, table in titled_tables(report):
        parts += [f"<h2>{escape(title)}</h2>", *_html_of(table)]
    parts += [f"<p>{escape(line)}</p>" for line in left_out_lines(report)]
    parts += [f'<p><img src="{escape(name)}" alt="{escape(name)}"></p>' for name in pictures]
    return "\n".join((*parts, "</body></html>\n"))


def _html_of(table: Table) -> list[str]:
    head, rows = table
    lines = ["<table><tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
    for first, *cells in rows:
        lines.append(
            f"<tr><th>{escape(first)}</th>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        )
    return [*lines, "</table>"]
