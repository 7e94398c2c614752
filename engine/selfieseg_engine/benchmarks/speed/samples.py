"""What was measured of one step, and its row of the JSON. Pure."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass
class Samples:
    """Times in milliseconds, one for each frame; CPU is that of all threads of all processes at work."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def take(self, work: Callable[[], object], cpu_seconds: Callable[[], float] = time.process_time) -> None:
        """Do the work once and note what it took."""
        cpu, wall = cpu_seconds(), time.perf_counter()
        work()
        self.wall_ms.append((time.perf_counter() - wall) * 1000)
        self.cpu_ms.append((cpu_seconds() - cpu) * 1000)

    def row(self, name: str) -> dict[str, Any]:
        """Return the row of the contract; CPU is the mean, for other processes' is told in steps of 10 ms."""
        last = math.ceil(0.95 * len(self.wall_ms)) - 1
        return {
            "name": name,
            "n": len(self.wall_ms),
            "median_ms": round(median(self.wall_ms), 3),
            "p95_ms": round(sorted(self.wall_ms)[last], 3),
            "cpu_ms_per_frame": round(sum(self.cpu_ms) / len(self.cpu_ms), 3),
        }


def ratio(over: Samples, under: Samples) -> float:
    """Return by how much one median is larger than another."""
    return round(median(over.wall_ms) / median(under.wall_ms), 2)
