"""Reports of benchmarks, and what has changed since an earlier one, as lines for people. Pure; any thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selfieseg_engine.benchmarks.text_table import UNKNOWN, Table, cell, lines_of

# Title, key and digits. The first are in every report, the others where a row has them.
_COLUMNS = (
    ("n", "n", 0),
    ("median ms", "median_ms", 3),
    ("95 % ms", "p95_ms", 3),
    ("CPU ms", "cpu_ms_per_frame", 3),
)
_MORE_COLUMNS = (
    ("99 % ms", "p99_ms", 3),
    ("skipped", "skipped_frames", 0),
    ("of frames", "total_frames", 0),
    ("callback ms", "callback_ms_p50", 3),
    ("its 99 % ms", "callback_ms_p99", 3),
    ("mattes/s", "matte_fps", 1),
    ("age ms", "matte_age_ms_p50", 1),
    ("age frames", "matte_lag_frames_p50", 0),
    ("model after s", "model_ready_s", 3),
    ("first after s", "first_matte_s", 3),
    ("mattes/s", "mattes_per_s", 1),
    ("memory MB", "rss_mb", 1),
    ("CPU %", "cpu_percent", 2),
)
_BY_ROUND = "median_ms_by_round"
_CHANGE_HEAD = ("change", "noise", "so it is")
_NOISE = "noise: how far the 95 % are over the median, in the noisier run; of a ratio, in its noisier row"


def report_lines(report: Mapping[str, Any]) -> list[str]:
    """Return a report's rows as a table with n, median and 95 % of each, then its ratios."""
    lines = lines_of(_rows_table(report))
    lines += [f"{_words(name)}: {value}" for name, value in report["ratios"].items()]
    if report.get("mediapipe_iou") is not None:
        lines.append(f"IoU with MediaPipe's mask: {report['mediapipe_iou']}")
        same = report.get("mediapipe_iou_same_samples")  # older reports do not tell
        if same is not None:
            lines.append(f"IoU with it, the frame sampled where MediaPipe does: {same}")
    return lines


def comparison_lines(compared: Mapping[str, Any]) -> list[str]:
    """Return what ``compare_reports`` found: differences first, for they may explain all the rest."""
    date = "" if compared["date"] is None else f" of {compared['date']}"
    lines = ["", f"compared with {compared['file']}{date}:"]
    for kind, prefix in (("machine_differences", "another machine: "), ("other_differences", "")):
        for each in compared[kind]:
            lines.append(f"{prefix}{_words(each['name'])} was {_told(each['old'])}, is {_told(each['new'])}")
    changes = [(row["name"], *_medians(row), *_change(row, "slower", "faster")) for row in compared["rows"]]
    if changes:
        lines += lines_of((("row", "old ms", "new ms", *_CHANGE_HEAD), changes))
    changes = [
        (_words(each["name"]), str(each["old"]), str(each["new"]), *_change(each, "larger", "smaller"))
        for each in compared["ratios"]
    ]
    if changes:
        lines += lines_of((("ratio", "old", "new", *_CHANGE_HEAD), changes))
    for key, where in (("only_old", "the old"), ("only_new", "the new")):
        for kind, names in compared[key].items():
            if names:
                lines.append(f"{kind} that only {where} report has: {', '.join(names)}")
    return [*lines, _NOISE] if compared["rows"] else lines


def _rows_table(report: Mapping[str, Any]) -> Table:
    rows = report["rows"]
    more = [column for column in _MORE_COLUMNS if any(column[1] in row for row in rows)]
    columns = [*_COLUMNS, *more]
    head = [report["model"] or report["command"], *(title for title, _, _ in columns)]
    cells = [[row["name"], *(cell(row.get(key), digits) for _, key, digits in columns)] for row in rows]
    if any(_BY_ROUND in row for row in rows):
        head.append("median by round")
        for line, row in zip(cells, rows, strict=True):
            line.append(_range(row.get(_BY_ROUND, [])))
    return head, cells


def _range(medians: list[float]) -> str:
    """Return how far the rounds' medians lie apart: the noise from run to run."""
    return f"{min(medians):.3f} … {max(medians):.3f}" if len(medians) > 1 else UNKNOWN


def _medians(row: Mapping[str, Any]) -> tuple[str, str]:
    return cell(row["old_median_ms"], 3), cell(row["new_median_ms"], 3)


def _change(each: Mapping[str, Any], more: str, less: str) -> tuple[str, str, str]:
    change, noise = each["change_percent"], each["noise_percent"]
    verdicts = {None: "not known", False: "noise", True: more if (change or 0) > 0 else less}
    return (
        UNKNOWN if change is None else f"{change:+.1f} %",
        UNKNOWN if noise is None else f"{noise:.1f} %",
        verdicts[each["larger_than_noise"]],
    )


def _told(value: object) -> str:
    return "not told" if value is None else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
