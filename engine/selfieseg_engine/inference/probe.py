"""Measures how long models take here. Any thread; it keeps the processor busy all the while."""

from __future__ import annotations

import itertools
import logging
import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence

from selfieseg_engine.errors import UserError
from selfieseg_engine.inference.bare_inference import bare_inference
from selfieseg_engine.measured_choice import CPU, fits, worth_two_threads
from selfieseg_engine.registry.manifest import Cost, Manifest
from selfieseg_engine.registry.measurements import Times

logger = logging.getLogger(__name__)

# Makes a model run: the median of one inference in milliseconds.
Measure = Callable[[Manifest, str, int], float]

_WARM_RUNS = 3  # the first allocate, the next fill the caches
_RUNS = 10
_RUN_SECONDS = 0.3
_COSTS: dict[Cost, int] = {"low": 0, "medium": 1, "high": 2}


def measure_model(manifest: Manifest, device: str, threads: int) -> float:
    """Return the median of one inference in milliseconds, compiled as sessions have it.

    Raises:
        ObtainError: its weights cannot be had; nothing is downloaded where they are at hand.
        DeviceError, InferenceError: it does not run on that device.
    """
    return median_ms(bare_inference(manifest, threads, device))


def median_ms(run: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median duration of ``run``: of ten calls, or of as many as begin within 0.3 s."""
    for _ in range(_WARM_RUNS):
        run()
    durations: list[float] = []
    started = clock()
    while not durations or (len(durations) < _RUNS and clock() - started < _RUN_SECONDS):
        before = clock()
        run()
        durations.append(clock() - before)
    return round(statistics.median(durations) * 1000, 3)


def probe(
    manifests: Iterable[Manifest],
    devices: Sequence[str],
    budget_seconds: float,
    measure: Measure = measure_model,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Times]:
    """Return what could be measured of models in a short time, by id: quick models first, the CPU first.

    Nothing is begun after the budget; what was begun (a model that is compiled for the first time) is ended.
    Models of a higher cost are left out on a device where none of a lower cost fits.
    """
    deadline = clock() + budget_seconds
    cores = os.cpu_count() or 1
    ordered = sorted(manifests, key=lambda manifest: (_cost(manifest), -(manifest.iou or 0.0)))
    found: dict[str, Times] = {}
    for device in devices:
        for _, models in itertools.groupby(ordered, key=_cost):
            fitting: list[bool] = []
            for manifest in models:
                if clock() >= deadline:
                    return found
                times = times_on(manifest, device, cores, measure)
                if times:
                    found.setdefault(manifest.id, {})[device] = times
                    fitting += [fits(ms, device, threads, cores) for threads, ms in times.items()]
            if fitting and not any(fitting):
                break
    return found


def times_everywhere(
    manifest: Manifest, devices: Sequence[str], measure: Measure = measure_model
) -> tuple[Times, dict[str, UserError]]:
    """Return a model's times by device and threads (1 and 2 on the CPU), and why it runs nowhere else."""
    times: Times = {}
    troubles: dict[str, UserError] = {}
    for device in devices:
        counts = (1, 2) if device == CPU and (os.cpu_count() or 1) > 1 else (1,)
        try:
            times[device] = {count: measure(manifest, device, count) for count in counts}
        except UserError as error:
            troubles[device] = error
    return times, troubles


def times_on(
    manifest: Manifest, device: str, cores: int, measure: Measure = measure_model
) -> dict[int, float]:
    """Return the times of a model on one device, by threads; empty where it does not run there (logged).

    With 1 thread, and on the CPU with 2 where these could make it fit.
    """
    try:
        times = {1: measure(manifest, device, 1)}
        if device == CPU and worth_two_threads(times[1], cores):
            times[2] = measure(manifest, device, 2)
    except UserError as error:
        logger.info("not measured: %s", error)
        return {}
    return times


def _cost(manifest: Manifest) -> int:
    return _COSTS[manifest.cost]
