"""What one, two, four and eight filters on one engine cost, at work and at rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from selfieseg_engine.benchmarks.machine import describe_machine
from selfieseg_engine.benchmarks.speed.filter_stand_in import FilterStandIn
from selfieseg_engine.benchmarks.speed.frames import SIZE, moving_frames, work_frames
from selfieseg_engine.benchmarks.speed.own_engine import OwnEngine
from selfieseg_engine.benchmarks.speed.rest_run import MOVING, STILL, measure_rest
from selfieseg_engine.benchmarks.speed.samples import Samples

SESSIONS = (1, 2, 4, 8)
_WARM_FRAMES = 10
_AT_WORK = "sessions_"


def measure_scale(
    model: str,
    device: str,
    threads: int,
    frames: int,
    rest_seconds: float,
    sessions: Sequence[int] = SESSIONS,
    on_step: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Return the JSON object of the contract: a row for each number of sessions, which are added one by one.

    The sessions ask in turns, ``frames`` frames each, so a matte's time is not that of waiting for others.
    Then ``rest_seconds`` each of a moving picture, of a still one, and of hidden filters.

    Raises:
        UserError: the model cannot be loaded or run, or no engine starts.
    """
    pictures = moving_frames()
    rows = []
    with ExitStack() as stack:
        engine = stack.enter_context(OwnEngine(model, device, threads))
        clients: list[FilterStandIn] = []
        for count in sessions:
            while len(clients) < count:
                clients.append(stack.enter_context(FilterStandIn(engine.run_dir, model, device, "", SIZE)))
            sent = work_frames(pictures, clients[0].work_size)
            for turn in range(_WARM_FRAMES):
                for client in clients:
                    client.ask(sent[turn % len(sent)])
            samples, begun = Samples(), time.perf_counter()
            for turn in range(frames):
                for client in clients:
                    samples.take(partial(client.ask, sent[turn % len(sent)]), engine.cpu_seconds)
            seconds, cpu = time.perf_counter() - begun, sum(samples.cpu_ms) / 1000
            rows.append(
                {
                    **samples.row(f"{_AT_WORK}{count}"),
                    "cpu_percent": round(cpu * 100 / seconds, 2),
                    "sessions": count,
                    "mattes_per_s": round(len(samples.wall_ms) / seconds, 1),
                    "rss_mb": round(engine.rss_mb(), 1),
                }
            )
            on_step()
        rows += measure_rest(engine, clients, sent, rest_seconds)
        on_step()
    return make_report(describe_machine(), model, threads, rows)


def make_report(
    machine: dict[str, Any], model: str, threads: int, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the rows, and what most sessions cost against the fewest. Pure."""
    named = {row["name"]: row for row in rows}
    at_work = [row for row in rows if row["name"].startswith(_AT_WORK)]
    first, last = at_work[0], at_work[-1]
    ratios = {"cpu_per_matte_most_over_least": round(last["cpu_ms_per_frame"] / first["cpu_ms_per_frame"], 2)}
    more = last["sessions"] - first["sessions"]
    if more:
        ratios["rss_mb_per_further_session"] = round((last["rss_mb"] - first["rss_mb"]) / more, 1)
    ratios["cpu_still_over_moving"] = round(named[STILL]["cpu_percent"] / named[MOVING]["cpu_percent"], 2)
    return {
        "command": "bench scale",
        "machine": {**machine, "inference_threads": threads},
        "model": model,
        "frame": f"{SIZE[0]}x{SIZE[1]}",
        "rows": rows,
        "ratios": ratios,
    }
