"""How a report differs from an earlier one of the same command, and what may be noise. Pure; any thread.

A row's noise is by how much p95 is over the median, in the run where that is more. Only a larger change of
the median is taken for one of the program: so a run on a busy machine, whose p95 is far off, does not pass
for a slower program. A small change needs two quiet runs to be seen. Of fewer than five turns the slowest,
which p95 then is, may be near to the median by chance, and nothing is said.

A ratio has no spread of its own, so it has the noise of the noisier one of its two rows, which its name
tells; so has a ratio of CPU times, of which no p95 is kept. Of other figures, as memory, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_FEWEST_TURNS = 5
_DIGITS = 1
_OVER, _CPU = "_over_", "_cpu"
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
    noises = {row["name"]: row["noise_percent"] for row in rows}
    return {
        "file": file,
        "date": old["machine"].get("date"),
        "rows": rows,
        "ratios": [
            {
                "name": name,
                "old": old["ratios"][name],
                "new": value,
                **_change(old["ratios"][name], value, _ratio_noise(name, noises)),
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


def _ratio_noise(name: str, noises: Mapping[str, float | None]) -> float | None:
    """Return the larger noise of the rows that a ratio called ``segment_over_infer`` is of, where known."""
    over, _, under = name.removesuffix(_CPU).partition(_OVER)
    both = [noises.get(_row_called(part, noises)) for part in (over, under)]
    known = [noise for noise in both if noise is not None]
    return max(known) if len(known) == len(both) else None


def _row_called(name: str, rows: Iterable[str]) -> str:
    """Return the row of this name, or the only one that it is short for: ``infer`` for ``infer_only``."""
    names = list(rows)
    longer = [row for row in names if row.startswith(f"{name}_") or row.endswith(f"_{name}")]
    return longer[0] if name and name not in names and len(longer) == 1 else name


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
