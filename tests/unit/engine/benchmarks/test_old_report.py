"""Which files can be compared with: each other one is told by one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.engine.benchmarks.bench_reports import report, row

from selfieseg_engine.benchmarks.old_report import read_old_report
from selfieseg_engine.errors import UserError

COMMAND = "bench effects"
GOOD = report(row("none", 1.0, 2.0), ratios={"a_over_b": 1.5})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])  # the last two: Windows' shells
def test_what_a_command_printed_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(GOOD) + "\n", encoding=encoding)
    assert read_old_report(path, COMMAND) == GOOD


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "it is no JSON"),
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        (json.dumps(report(row("none", float("nan"), 1.0))), "NaN is no number"),
        ("[]", "it is no report of a benchmark"),
        ("{}", "it is no report of a benchmark"),
        (json.dumps({**GOOD, "command": "stats"}), "it is no report of a benchmark"),
        (json.dumps({**GOOD, "machine": None}), "it is no report of a benchmark"),
        (json.dumps({**GOOD, "ratios": {"a": "1"}}), "it is no report of a benchmark"),
        (json.dumps({**GOOD, "rows": [{"name": "none"}]}), "it is no report of a benchmark"),
        (json.dumps({**GOOD, "rows": [row("none", 1.0, 2.0) | {"p95_ms": "2"}]}), "it is no report"),
        (json.dumps({**GOOD, "command": "bench obs"}), "it is of `bench obs`, and this is `bench effects`"),
    ],
    ids=range(12),
)
def test_anything_else_is_one_line(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_old_report(path, COMMAND)
    assert str(caught.value).startswith(f"{path} cannot be compared with, ")
    assert told in caught.value.why
    assert caught.value.remedy == "keep one with: selfieseg bench effects --json > old.json"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, told in ((tmp_path, "it is a folder"), (tmp_path / "none.json", "no such file")):
        with pytest.raises(UserError, match=told):
            read_old_report(path, COMMAND)
