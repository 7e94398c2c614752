"""The comparison as tables, and a table as Markdown. Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selfieseg_engine.benchmarks.models.summary import ALL, PORTRAITS, RAW, REFINED
from selfieseg_engine.benchmarks.text_table import Table, cell

_SET_COLUMNS = (
    ("IoU", "iou", 3),
    ("median IoU", "iou_median", 3),
    ("boundary F", "boundary_f", 3),
    ("median F", "boundary_f_median", 3),
    ("MAD", "mad", 4),
    ("gradient", "gradient_error", 1),
)
_COST_HEAD = ("input", "ms, 1 thread", "2 threads", "CPU ms", "memory MB", "file MB")


def quality_table(report: Mapping[str, Any], photos: str) -> Table:
    """Return how good the mattes of ``all`` photos or of ``portraits`` are: raw, then refined.

    Columns that nothing is known of are left out, and so are models without mattes.
    """
    known = [row for row in report["rows"] if row[photos] is not None]
    columns = [
        (kind, title, key, digits)
        for kind in (RAW, REFINED)
        for title, key, digits in _SET_COLUMNS
        if any(key in row[photos][kind] for row in known)
    ]
    head = ["model", *(f"{kind} {title}" for kind, title, _, _ in columns)]
    return head, [
        [row["name"], *(cell(row[photos][kind].get(key), digits) for kind, _, key, digits in columns)]
        for row in known
    ]


def cost_table(report: Mapping[str, Any]) -> Table:
    """Return what each model costs: times of a bare inference, memory of a process with it, its file."""
    return ["model", *_COST_HEAD], [
        [
            row["name"],
            row["input"],
            cell(row["median_ms"], 1),
            cell(row["median_ms_2_threads"], 1),
            cell(row["cpu_ms_per_frame"], 1),
            cell(row["memory_mb"], 0),
            cell(row["file_bytes"] / 1e6, 1),
        ]
        for row in report["rows"]
    ]


def titled_tables(report: Mapping[str, Any]) -> list[tuple[str, Table]]:
    """Return every table that has rows, with its title."""
    counts = {ALL: len(report["photos"]), PORTRAITS: sum(photo["portrait"] for photo in report["photos"])}
    titles = {PORTRAITS: f"{counts[PORTRAITS]} portraits", ALL: f"All {counts[ALL]} photos"}
    tables = [(title, quality_table(report, photos)) for photos, title in titles.items()]
    return [(title, table) for title, table in [*tables, ("Cost", cost_table(report))] if table[1]]


def markdown_of(table: Table) -> list[str]:
    """Return a table in Markdown."""
    head, rows = table
    rule = ["---", *("---:" for _ in head[1:])]
    return ["| " + " | ".join(line) + " |" for line in (head, rule, *rows)]


def left_out_lines(report: Mapping[str, Any]) -> list[str]:
    """Return a line for each model that could not be measured."""
    return [f"left out: {model_id}: {why}" for model_id, why in report["left_out"].items()]
