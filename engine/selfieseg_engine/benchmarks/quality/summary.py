"""The JSON object of ``selfieseg bench quality``, and the same for people. Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, median
from typing import Any

from selfieseg_engine.benchmarks.quality.outcome import Outcome, RowSamples
from selfieseg_engine.benchmarks.quality.scores import METRICS
from selfieseg_engine.benchmarks.quality.variants import LAGGED, LED, RAW

COMMAND = "bench quality"
_COST = ("median_ms", "cpu_ms_per_frame")
_NOT_COUNTED_IN_RATIOS = ("name", "n")
_UNKNOWN = "-"


def make_report(outcome: Outcome, machine: Mapping[str, Any], model: str | None) -> dict[str, Any]:
    """Return the JSON object: a row for each variant, each metric against raw's, the worst cases."""
    rows = [make_row(row) for row in outcome.rows]
    return {
        "command": COMMAND,
        "machine": dict(machine),
        "model": model,
        "frame": outcome.frame,
        "left_out": outcome.left_out,
        "rows": rows,
        "ratios": make_ratios(rows),
        "worst": _worst(outcome),
    }


def make_row(row: RowSamples) -> dict[str, Any]:
    """Return the means of one variant's scores (what the whole has in their place), medians of its cost.

    A metric that nothing could be said of is missing. Cost is null for mattes made elsewhere.
    """
    means: dict[str, Any] = {}
    for metric in METRICS:
        values = [scores[metric] for scores in row.cases if metric in scores]
        if metric in row.whole:
            means[metric] = row.whole[metric]
        elif values:
            means[metric] = round(fmean(values), 6)
    return {
        "name": row.name,
        "n": len(row.cases),
        **means,
        "median_ms": round(median(row.wall_ms), 3) if row.wall_ms else None,
        "cpu_ms_per_frame": round(median(row.cpu_ms), 3) if row.cpu_ms else None,
    }


def make_ratios(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return ``METRIC_VARIANT_over_raw``, and led over lagged, for all that is known of both and not 0."""
    by_name = {row["name"]: row for row in rows}
    pairs = [(name, RAW) for name in by_name if name != RAW]
    if LED in by_name:
        pairs.append((LED, LAGGED))
    return {
        f"{key}_{name}_over_{base}": round(value / by_name[base][key], 4)
        for name, base in pairs
        if base in by_name
        for key, value in by_name[name].items()
        if key not in _NOT_COUNTED_IN_RATIOS and value is not None and by_name[base].get(key)
    }


def table(report: dict[str, Any]) -> list[str]:
    """Return the report as lines for people: a line for each metric, a column for each variant."""
    rows = report["rows"]
    keys = [key for key in (*METRICS, *_COST) if any(row.get(key) is not None for row in rows)]
    lines = [f"{rows[0]['n']} x {report['frame']}, {report['model'] or 'no model'}"]
    if report["left_out"]:
        lines.append(f"left out, as they have no partner: {report['left_out']}")
    lines.append(f"{'':<18}" + "".join(f"{row['name']:>12}" for row in rows))
    for key in keys:
        cells = "".join(f"{_cell(row.get(key)):>12}" for row in rows)
        lines.append(f"{key.replace('_', ' '):<18}{cells}")
    lines += [f"worst: {case['file']} (boundary f {case['boundary_f']:.4f})" for case in report["worst"]]
    return lines


def _cell(value: float | None) -> str:
    if value is None:
        return _UNKNOWN
    return str(value) if isinstance(value, int) else f"{value:.4f}"


def _worst(outcome: Outcome) -> list[dict[str, Any]]:
    by_name = {row.name: row for row in outcome.rows}
    told = []
    for case in outcome.worst:
        scores = by_name[outcome.judged].cases[case.index]
        entry: dict[str, Any] = {"file": outcome.names[case.index], "variant": outcome.judged}
        entry |= {metric: round(scores[metric], 6) for metric in METRICS if metric in scores}
        if RAW in by_name and outcome.judged != RAW:
            raw_scores = by_name[RAW].cases[case.index]
            entry["raw"] = {
                metric: round(raw_scores[metric], 6) for metric in METRICS if metric in raw_scores
            }
        told.append(entry)
    return told
