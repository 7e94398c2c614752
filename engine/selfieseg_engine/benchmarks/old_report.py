"""Reads a report that a benchmark gave earlier, to compare a new one with it. Any thread."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from selfieseg_engine.errors import UserError
from selfieseg_engine.plain_file import require_plain_file

# Of a row, where it has them.
_FIGURES = ("n", "p95_ms")
_HOW_TO_MAKE = "keep one with: selfieseg {command} --json > old.json"


def read_old_report(path: Path, command: str) -> dict[str, Any]:
    """Return the report that ``path`` holds; its rows have names and medians, its ratios are numbers.

    Args:
        path: what the command printed with ``--json``.
        command: as the report names it, "bench engine".

    Raises:
        UserError: it cannot be read, is no JSON, no report, or one of another command.
    """
    require_plain_file(path)
    what, remedy = f"{path} cannot be compared with", _HOW_TO_MAKE.format(command=command)
    try:
        # Bytes: PowerShell's > writes UTF-16, and json sees by itself which it is.
        report = json.loads(path.read_bytes(), parse_constant=_refuse)
    except OSError as error:
        why = error.strerror or str(error)
        raise UserError(f"{path} cannot be read", why, "check its permissions") from error
    except (ValueError, RecursionError) as error:
        raise UserError(what, f"it is no JSON ({error})", remedy) from error
    if not _is_report(report):
        raise UserError(what, "it is no report of a benchmark", remedy)
    if report["command"] != command:
        raise UserError(what, f"it is of `{report['command']}`, and this is `{command}`", remedy)
    return dict(report)


def is_number(value: object) -> bool:
    """Return whether a value of JSON is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_report(report: object) -> bool:
    if not isinstance(report, dict) or not isinstance(report.get("command"), str):
        return False
    if not report["command"].startswith("bench "):
        return False
    rows, ratios, machine = (report.get(key) for key in ("rows", "ratios", "machine"))
    return (
        isinstance(rows, list)
        and all(_is_row(row) for row in rows)
        and isinstance(ratios, dict)
        and all(map(is_number, ratios.values()))
        and isinstance(machine, dict)
    )


def _is_row(row: object) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        return False
    further = (row[key] for key in _FIGURES if row.get(key) is not None)
    return is_number(row.get("median_ms")) and all(map(is_number, further))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
