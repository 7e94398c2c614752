"""What a matte costs beside its model alone: in this process, and through a ring from an engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np

from selfieseg_engine.benchmarks.machine import describe_machine
from selfieseg_engine.benchmarks.speed.filter_stand_in import FilterStandIn
from selfieseg_engine.benchmarks.speed.frames import SIZE, moving_frames, work_frames
from selfieseg_engine.benchmarks.speed.own_engine import OwnEngine
from selfieseg_engine.benchmarks.speed.samples import Samples, ratio
from selfieseg_engine.benchmarks.speed.start_run import COLD, WARM, measure_starts
from selfieseg_engine.inference.bare_inference import bare_inference
from selfieseg_engine.registry.registry import default_registry
from selfieseg_engine.segmenter import Segmenter

INFER, MEMCPY = "infer_only", "memcpy"
SEGMENT, ROUND_TRIP = "segment", "round_trip"
_RAW = "_raw"  # without refined edges and smoothing: the model's own mask
_RAW_LOOK = "refine_edges=0\nsmoothing=0"
_WARM_FRAMES = 10


def measure_engine(
    model: str,
    device: str,
    threads: int,
    frames: int,
    starts: int,
    on_turn: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Return the JSON object of the contract; all rows take turns, frame by frame, and start by start.

    Args:
        model: a matte model's id.
        device: as ``--device`` has it.
        threads: of inference, for all rows.
        frames: of each row of mattes.
        starts: of the engine, with an empty cache and with a full one.
        on_turn: called after each turn, of frames and of starts.

    Raises:
        UserError: the model cannot be loaded or run, or no engine starts.
    """
    pictures = moving_frames()
    with ExitStack() as stack:
        engine = stack.enter_context(OwnEngine(model, device, threads))
        work: dict[str, Callable[[int], object]] = {}
        infer = bare_inference(default_registry().get(model), threads, device)
        work[INFER] = lambda _: infer()
        copy = np.empty_like(pictures[0])
        work[MEMCPY] = lambda turn: np.copyto(copy, pictures[turn % len(pictures)])
        for suffix, refine, smoothing, look in (("", True, 0.5, ""), (_RAW, False, 0.0, _RAW_LOOK)):
            segmenter = stack.enter_context(
                Segmenter(model, device, threads, refine=refine, smoothing=smoothing)
            )
            client = stack.enter_context(FilterStandIn(engine.run_dir, model, device, look, SIZE))
            sent = work_frames(pictures, client.work_size)
            work[SEGMENT + suffix] = _segmenting(segmenter, pictures)
            work[ROUND_TRIP + suffix] = _asking(client, sent)
        samples = {name: Samples() for name in work}

        def cpu_seconds() -> float:
            return time.process_time() + engine.cpu_seconds()

        for turn in range(_WARM_FRAMES):
            for run in work.values():
                run(turn)
        for turn in range(frames):
            for name, run in work.items():
                clock = cpu_seconds if name.startswith(ROUND_TRIP) else time.process_time
                samples[name].take(partial(run, turn), clock)
            on_turn()
    samples |= measure_starts(model, device, threads, starts, on_turn)
    return make_report(describe_machine(), model, threads, samples)


def make_report(
    machine: dict[str, Any], model: str, threads: int, samples: dict[str, Samples]
) -> dict[str, Any]:
    """Return the rows, and what each is over the model alone. Pure."""
    return {
        "command": "bench engine",
        "machine": {**machine, "inference_threads": threads},
        "model": model,
        "frame": f"{SIZE[0]}x{SIZE[1]}",
        "rows": [each.row(name) for name, each in samples.items()],
        "ratios": {
            f"{name}_over_infer": ratio(each, samples[INFER])
            for name, each in samples.items()
            if name not in (INFER, MEMCPY, COLD, WARM)
        },
    }


def _segmenting(segmenter: Segmenter, pictures: list[Any]) -> Callable[[int], object]:
    return lambda turn: segmenter.segment(pictures[turn % len(pictures)])


def _asking(client: FilterStandIn, sent: list[Any]) -> Callable[[int], object]:
    return lambda turn: client.ask(sent[turn % len(sent)])
