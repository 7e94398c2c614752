"""How a report differs from an earlier one of the same command, and what may be noise. Pure; any thread.

A row's noise is by how much p95 is over the median, in the run where that is more. Only a larger change of
the median is taken for one of the program: so a run on a busy machine, whose p95 is far off, does not pass
for a slower program. A small change needs two quiet runs to be seen. Of fewer than five turns the slowest,
which p95 then is, may be near to the median by chance, and nothing is said.

A ratio has no spread of its own. Its rows took turns, so it is held against the middle one of the noises of
all rows; what is no ratio of times (the memory of a session) against nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

_FEWEST_TURNS = 5
_DIGITS = 1
_RATIO_OF_ROWS = "_over_"
# What tells of the run, not of the machine.
_OF_THE_RUN = ("date", "runs_made_again")


def compare_reports(old: Mapping[str, Any], new: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Return the changes from ``old``, as ``read_old_report`` gives it, to ``new``.

    Args:
        old: the earlier report.
        new: of the same command.
        file: where the earlier one was found.
    """
    old_rows, new_rows = ({row["name"]: row for row in report["rows"]} for report in (old, new))
    rows = [_row(name, old_rows[name], row) for name, row in new_rows.items() if name in old_rows]
    noises = [row["noise_percent"] for row in rows if row["noise_percent"] is not None]
    usual_noise = round(median(noises), _DIGITS) if noises else None
    return {
        "file": file,
        "date": old["machine"].get("date"),
        "rows": rows,
        "ratios": [
            {
                "name": name,
                "old": old["ratios"][name],
                "new": value,
                **_change(old["ratios"][name], value, usual_noise if _RATIO_OF_ROWS in name else None),
            }
            for name, value in new["ratios"].items()
            if name in old["ratios"]
        ],
        "only_old": _only_in(old, new),
        "only_new": _only_in(new, old),
        "machine_differences": _differences(old["machine"], new["machine"], _OF_THE_RUN),
        "other_differences": _differences(_setting(old), _setting(new)),
    }


def _row(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    before, after = old["median_ms"], new["median_ms"]
    return {
        "name": name,
        "old_median_ms": before,
        "new_median_ms": after,
        **_change(before, after, _noise_percent(old, new)),
    }


def _noise_percent(old: Mapping[str, Any], new: Mapping[str, Any]) -> float | None:
    """Return the noise in per cent of the old median; None where it is not known."""
    if not old["median_ms"]:
        return None
    for row in (old, new):
        if row.get("p95_ms") is None or (row.get("n") or 0) < _FEWEST_TURNS:
            return None
    spread: float = max(row["p95_ms"] - row["median_ms"] for row in (old, new))
    return float(round(100 * spread / old["median_ms"], _DIGITS))


def _change(old: float, new: float, noise: float | None) -> dict[str, Any]:
    change = round(100 * (new - old) / old, _DIGITS) if old else None
    return {
        "change_percent": change,
        "noise_percent": noise,
        "larger_than_noise": None if change is None or noise is None else abs(change) > noise,
    }


def _only_in(report: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, list[str]]:
    others = {row["name"] for row in other["rows"]}
    return {
        "rows": [row["name"] for row in report["rows"] if row["name"] not in others],
        "ratios": [name for name in report["ratios"] if name not in other["ratios"]],
    }


def _setting(report: Mapping[str, Any]) -> dict[str, Any]:
    return {key: report.get(key) for key in ("model", "frame")}


def _differences(
    old: Mapping[str, Any], new: Mapping[str, Any], besides: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    return [
        {"name": name, "old": old.get(name), "new": new.get(name)}
        for name in {**old, **new}
        if name not in besides and old.get(name) != new.get(name)
    ]
