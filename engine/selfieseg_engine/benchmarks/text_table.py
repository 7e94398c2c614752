"""Tables of figures for a terminal. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence

UNKNOWN = "–"

# A head and rows of cells, all of one length; the first cell names the row.
Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def lines_of(table: Table) -> list[str]:
    """Return a table for a terminal: the first column to the left, all other columns to the right."""
    head, rows = table
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    return [
        line[0].ljust(widths[0])
        + "".join(cell.rjust(width + 2) for cell, width in zip(line[1:], widths[1:], strict=True))
        for line in (head, *rows)
    ]


def cell(value: float | None, digits: int) -> str:
    """Return a figure with this many digits after the point, or that it is not known."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"
