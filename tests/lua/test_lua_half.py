"""Runs the Lua half's own tests (test_*.lua) under LuaJIT, each as a test of its own."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

from selfieseg_wire.histogram import percentile_ms

HERE = Path(__file__).parent
RUNNER = HERE / "runner.lua"
LUAJIT = shutil.which("luajit")
TIMEOUT_S = 120

pytestmark = pytest.mark.skipif(
    LUAJIT is None, reason="no LuaJIT on the path; install it: apt install luajit (OBS brings its own)"
)


def run(*arguments: str) -> str:
    assert LUAJIT is not None
    done = subprocess.run(
        [LUAJIT, str(RUNNER), *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, (
        f"luajit ended with {done.returncode}: {done.stderr}\nafter: {done.stdout[-500:]}"
    )
    return done.stdout


@functools.cache
def outcomes(file: str) -> dict[str, tuple[str, str]]:
    """Return "ok", "FAIL" or "BUG" and the words of every test in ``file``."""
    found = {}
    for line in run(str(HERE / file)).splitlines():
        head, _, words = line.partition("\t")
        outcome, _, name = head.partition(" ")
        found[name] = (outcome, words)
    return found


def names() -> list[tuple[str, str]]:
    if LUAJIT is None:
        return [(path.name, "every test") for path in sorted(HERE.glob("test_*.lua"))]
    return [
        (path.name, name)
        for path in sorted(HERE.glob("test_*.lua"))
        for name in run("--list", str(path)).splitlines()
    ]


@pytest.mark.parametrize(("file", "name"), names())
def test_in_lua(file: str, name: str) -> None:
    outcome, words = outcomes(file).get(name, ("FAIL", "the test did not run"))
    assert outcome == "ok", words.replace(" | ", "\n")


def test_python_reads_the_histogram_that_lua_writes() -> None:
    line = next(
        line for line in run(str(HERE / "test_histogram.lua")).splitlines() if line.startswith("counts ")
    )
    counts = [int(word) for word in line.split()[1:]]

    assert sum(counts) == 1000
    assert percentile_ms(counts, 0.1) == pytest.approx(10.0, rel=0.1)
    assert percentile_ms(counts, 0.5) == pytest.approx(50.0, rel=0.1)
    assert percentile_ms(counts, 0.9) == pytest.approx(90.0, rel=0.1)
