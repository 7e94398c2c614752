"""The same frames through this engine, MediaPipe's Python API and the notebook's loop."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.machine import describe_machine
from selfieseg_engine.benchmarks.speed.agreement import Agreement, measure_agreement
from selfieseg_engine.benchmarks.speed.frames import SIZE, moving_frames
from selfieseg_engine.benchmarks.speed.mediapipe_process import MODELS, start_mediapipe
from selfieseg_engine.benchmarks.speed.peer_process import PeerProcess
from selfieseg_engine.benchmarks.speed.samples import Samples, ratio
from selfieseg_engine.composite.compose import composite
from selfieseg_engine.segmenter import Segmenter

SEGMENT, COMPOSITE, RAW = "segment", "composite", "_raw"
MEDIAPIPE, NOTEBOOK = "mediapipe", "notebook"
_WARM_FRAMES = 10

U8Image = npt.NDArray[np.uint8]


def measure_peers(
    model: str,
    threads: int,
    frames: int,
    with_mediapipe: bool = True,
    on_frame: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Return the JSON object of the contract; all rows take turns, frame by frame, on the CPU.

    Rows ending in ``_raw`` are without refined edges and smoothing, which the peers have not.

    Args:
        model: a matte model's id; MediaPipe has two of them.
        threads: of inference, where they can be told.
        frames: of each row.
        with_mediapipe: measure that too, where it knows the model.
        on_frame: called after each turn.

    Raises:
        PeerError: MediaPipe, or the notebook's loop, does not run here.
        UserError: the model cannot be loaded or run.
    """
    pictures = moving_frames()
    with ExitStack() as stack:
        work: dict[str, Callable[[U8Image], object]] = {}
        for suffix, refine, smoothing in (("", True, 0.5), (RAW, False, 0.0)):
            for name, draws in ((SEGMENT, False), (COMPOSITE, True)):
                segmenter = stack.enter_context(
                    Segmenter(model, "CPU", threads, refine=refine, smoothing=smoothing)
                )
                work[name + suffix] = _composing(segmenter) if draws else segmenter.segment
        # The others in processes of their own: how they share out work among threads is theirs to say.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shown, mask = folder / "frames.npy", folder / "mask.npy"
        np.save(shown, np.stack(pictures))
        peers = {NOTEBOOK: stack.enter_context(_start_notebook(model, threads, shown))}
        if with_mediapipe and model in MODELS:
            peers[MEDIAPIPE] = stack.enter_context(start_mediapipe(model, shown, mask))
        samples = {name: Samples() for name in (*work, *peers)}
        for turn in range(_WARM_FRAMES):
            for run in work.values():
                run(pictures[turn % len(pictures)])
            for peer in peers.values():
                peer.process(turn)
        for turn in range(frames):
            for name, run in work.items():
                samples[name].take(partial(run, pictures[turn % len(pictures)]))
            for name, peer in peers.items():
                wall_ms, cpu_ms = peer.process(turn)
                samples[name].wall_ms.append(wall_ms)
                samples[name].cpu_ms.append(cpu_ms)
            on_frame()
        agreement: Agreement | None = None
        if MEDIAPIPE in peers:
            peers[MEDIAPIPE].process(0)
            peers[MEDIAPIPE].tell("mask")
            agreement = measure_agreement(model, threads, pictures[0], np.load(mask))
    return make_report(describe_machine(), model, threads, samples, agreement)


def make_report(
    machine: dict[str, Any],
    model: str,
    threads: int,
    samples: dict[str, Samples],
    agreement: Agreement | None,
) -> dict[str, Any]:
    """Return the rows, and what the peers take over ours, in time and in CPU time. Pure."""
    pairs = [(NOTEBOOK, COMPOSITE), (NOTEBOOK, COMPOSITE + RAW)]
    if MEDIAPIPE in samples:
        pairs += [(MEDIAPIPE, SEGMENT), (MEDIAPIPE, SEGMENT + RAW)]
    ratios = {}
    for theirs, ours in pairs:
        ratios[f"{theirs}_over_{ours}"] = ratio(samples[theirs], samples[ours])
        ratios[f"{theirs}_over_{ours}_cpu"] = round(
            sum(samples[theirs].cpu_ms) / sum(samples[ours].cpu_ms), 2
        )
    return {
        "command": "bench peers",
        "machine": {**machine, "inference_threads": threads},
        "model": model,
        "frame": f"{SIZE[0]}x{SIZE[1]}",
        "rows": [each.row(name) for name, each in samples.items()],
        "ratios": ratios,
        "mediapipe_iou": None if agreement is None else round(agreement.iou, 4),
        "mediapipe_iou_same_samples": None if agreement is None else round(agreement.iou_same_samples, 4),
    }


def _composing(segmenter: Segmenter) -> Callable[[U8Image], object]:
    return lambda frame: composite(frame, segmenter.segment(frame))


def _start_notebook(model: str, threads: int, frames: Path) -> PeerProcess:
    command = [sys.executable, "-m", "selfieseg_engine.benchmarks.speed.notebook_peer"]
    return PeerProcess("the notebook's loop", [*command, model, str(threads), frames], "report this")
