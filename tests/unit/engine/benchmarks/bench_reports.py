"""Reports of a benchmark to compare and draw."""

from __future__ import annotations

from typing import Any


def row(name: str, median_ms: float, p95_ms: float | None, n: int = 100) -> dict[str, Any]:
    return {"name": name, "n": n, "median_ms": median_ms, "p95_ms": p95_ms, "cpu_ms_per_frame": median_ms}


def report(*rows: dict[str, Any], command: str = "bench effects", **others: Any) -> dict[str, Any]:
    return {
        "command": command,
        "machine": {"date": "2026-11-20", "processor": "Fast", "cores": 2},
        "model": None,
        "frame": "1280x720",
        "rows": list(rows),
        "ratios": {},
        **others,
    }
