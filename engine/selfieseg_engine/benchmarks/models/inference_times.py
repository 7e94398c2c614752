"""How long bare inferences take, with one thread and with two. One thread at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from selfieseg_engine.inference.bare_inference import bare_inference
from selfieseg_engine.registry.manifest import Manifest

THREADS = (1, 2)
_WARM_RUNS = 3  # the first allocate, the next fill the caches
_RUNS = 15
_TURN_SECONDS = 1.0


@dataclass
class InferenceTimes:
    """What one model took, an inference at a time, in milliseconds.

    Attributes:
        wall_ms: by the number of threads.
        cpu_ms: of all threads of this process, with one thread of inference.
    """

    wall_ms: dict[int, list[float]] = field(default_factory=lambda: {threads: [] for threads in THREADS})
    cpu_ms: list[float] = field(default_factory=list)


def measure_times(
    manifests: Sequence[Manifest], rounds: int, on_turn: Callable[[], object] = lambda: None
) -> dict[str, InferenceTimes]:
    """Return the times of models by id.

    They take turns, ``rounds`` times, so that whatever else the machine does meets them all alike. A turn is
    15 inferences with one thread and 15 with two, fewer where these take more than a second each.

    Args:
        manifests: of the models.
        rounds: how many turns each has.
        on_turn: called after each turn.

    Raises:
        UserError: a model cannot be loaded or run.
    """
    times = {manifest.id: InferenceTimes() for manifest in manifests}
    for _ in range(rounds):
        for manifest in manifests:
            for threads in THREADS:
                _take_turn(bare_inference(manifest, threads), threads, times[manifest.id])
            on_turn()
    return times


def _take_turn(infer: Callable[[], object], threads: int, into: InferenceTimes) -> None:
    for _ in range(_WARM_RUNS):
        infer()
    end = time.perf_counter() + _TURN_SECONDS
    for _ in range(_RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        infer()
        cpu_ms = (time.process_time() - cpu) * 1000
        into.wall_ms[threads].append((time.perf_counter() - wall) * 1000)
        if threads == 1:
            into.cpu_ms.append(cpu_ms)
        if time.perf_counter() >= end:
            return
