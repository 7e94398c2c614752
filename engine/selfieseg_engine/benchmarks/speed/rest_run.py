"""What an engine costs that has little to do: filters that are hidden, and a picture that stands still."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.speed.filter_stand_in import FilterStandIn
from selfieseg_engine.benchmarks.speed.own_engine import OwnEngine
from selfieseg_engine.benchmarks.speed.samples import Samples

U8Image = npt.NDArray[np.uint8]

MOVING, STILL = "moving_1", "still_1"
_FPS = 30


def measure_rest(
    engine: OwnEngine, clients: Sequence[FilterStandIn], pictures: Sequence[U8Image], seconds: float
) -> list[dict[str, Any]]:
    """Return a row each for a moving picture at 30 frames/s, for a still one, and for hidden filters.

    Args:
        engine: of the clients.
        clients: all sessions that it has.
        pictures: work frames, each unlike the one before.
        seconds: for each row.
    """
    first, *others = clients
    turns = round(seconds * _FPS)

    def show(picture: U8Image, turn: int) -> None:
        first.ask(picture)
        if turn % _FPS == 0:
            ping(others)

    rows = []
    for name, count in ((MOVING, len(pictures)), (STILL, 1)):
        work = [partial(show, pictures[turn % count], turn) for turn in range(turns)]
        rows.append(_paced(name, engine, work, 1 / _FPS, 1))
    work = [partial(ping, clients)] * max(1, round(seconds))
    return [*rows, _paced(f"idle_{len(clients)}", engine, work, 1.0, len(clients))]


def ping(clients: Sequence[FilterStandIn]) -> None:
    """Do what a hidden filter does: send no frame, and say once a second that it is there."""
    for client in clients:
        client.ping()


def _paced(
    name: str, engine: OwnEngine, work: Sequence[Callable[[], object]], interval_s: float, sessions: int
) -> dict[str, Any]:
    """Do one piece of work every so often; the CPU is that of the whole time."""
    samples = Samples()
    begun, cpu = time.perf_counter(), engine.cpu_seconds()
    for number, each in enumerate(work, 1):
        samples.take(each, engine.cpu_seconds)
        time.sleep(max(0.0, begun + number * interval_s - time.perf_counter()))
    seconds, cpu = time.perf_counter() - begun, engine.cpu_seconds() - cpu
    return {
        **samples.row(name),
        "cpu_ms_per_frame": round(cpu * 1000 / len(work), 3),
        "cpu_percent": round(cpu * 100 / seconds, 2),
        "sessions": sessions,
        "mattes_per_s": 0.0 if name.startswith("idle") else round(len(work) / seconds, 1),
        "rss_mb": round(engine.rss_mb(), 1),
    }
