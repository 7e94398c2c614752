"""How long an engine takes to start: until a filter has its model, warm and ready for the first frame."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from selfieseg_engine.benchmarks.speed.filter_stand_in import FilterStandIn
from selfieseg_engine.benchmarks.speed.frames import SIZE
from selfieseg_engine.benchmarks.speed.own_engine import OwnEngine
from selfieseg_engine.benchmarks.speed.samples import Samples
from selfieseg_engine.registry.cache_paths import compiled_dir
from selfieseg_wire.paths import data_dir

COLD, WARM = "start_cold_cache", "start_warm_cache"


def measure_starts(
    model: str, device: str, threads: int, rounds: int, on_round: Callable[[], object]
) -> dict[str, Samples]:
    """Return the times of both kinds of start, which take turns.

    Cold: without what OpenVINO has kept of the model. Both with the machine code that the installer makes.

    Raises:
        UserError: the model cannot be loaded, or no engine starts.
    """
    samples = {COLD: Samples(), WARM: Samples()}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="selfieseg-bench-") as folder:
            without_cache = _data_dir_without_cache(Path(folder))
            for name, where in ((COLD, without_cache), (WARM, data_dir())):
                _take(samples[name], partial(OwnEngine, model, device, threads, where), model, device)
        on_round()
    return samples


def _take(samples: Samples, start: Callable[[], OwnEngine], model: str, device: str) -> None:
    with ExitStack() as stack:
        engines: list[OwnEngine] = []

        def until_ready() -> None:
            engines.append(stack.enter_context(start()))
            stack.enter_context(FilterStandIn(engines[0].run_dir, model, device, "", SIZE))

        # Before it starts it has used no CPU.
        samples.take(until_ready, lambda: engines[0].cpu_seconds() if engines else 0.0)


def _data_dir_without_cache(folder: Path) -> Path:
    """Return ``folder`` with links to all that the data directory holds, but for the cache."""
    for entry in data_dir().iterdir():
        if entry != compiled_dir():
            (folder / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    return folder
