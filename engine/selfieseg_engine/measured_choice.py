"""Which model, device and threads are right for a machine, by what was measured there. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selfieseg_engine.registry.measurements import Times

AUTO_DEVICE = "AUTO"
CPU = "CPU"
AS_MEASURED = 0  # threads: as many as the measurements tell

# Mattes are wanted 30 times a second, in some OBS 60 times. A quarter of the frame's interval leaves the rest
# for reading the frame back, for edges and motion, and for a busy machine that takes twice as long.
_FRAME_MS = 1000 / 30
_CPU_MS = 8.0
# OBS needs the processor too, for encoding above all: at 30 mattes a second a tenth of all cores is ours.
_CPU_SHARE = 0.1
# Another device takes nothing from the processor. It has to be done before the next frame comes, and OBS
# draws on it too.
_OTHER_MS = 20.0
# Nobody sees such a difference of the mean IoU; the time saved is felt.
_SAME_IOU = 0.005


@dataclass(frozen=True)
class Setup:
    """What runs: a model, on ``CPU``, ``GPU`` or ``NPU``, with at most so many threads of the CPU."""

    model_id: str
    device: str
    threads: int


@dataclass(frozen=True)
class Candidate:
    """A model that may be chosen: how good its mattes are, and what was measured of it."""

    model_id: str
    iou: float
    times: Times


@dataclass(frozen=True)
class _Option:
    setup: Setup
    iou: float
    ms: float
    fits: bool


def fits(ms: float, device: str, threads: int, cores: int) -> bool:
    """Return whether an inference of so many milliseconds may run beside OBS, 30 times a second."""
    if device != CPU:
        return ms <= _OTHER_MS
    return ms <= _CPU_MS and ms * threads <= _CPU_SHARE * _FRAME_MS * cores


def worth_two_threads(ms: float, cores: int) -> bool:
    """Return whether a model that takes so long with one thread could fit with two.

    Two threads are at best twice as fast, and then cost as much of the processor as one.
    """
    return not fits(ms, CPU, 1, cores) and fits(ms / 2, CPU, 2, cores)


def choose(
    candidates: Sequence[Candidate], cores: int, device: str = AUTO_DEVICE, threads: int = AS_MEASURED
) -> Setup | None:
    """Return the best mattes that fit; the quickest ones where none fit; None where nothing was measured.

    Args:
        candidates: among which to choose.
        cores: of the processor.
        device: the only one to use, or ``AUTO`` for any.
        threads: to use on the CPU, or ``AS_MEASURED``: one, unless a model fits only with two.
    """
    options = [
        option
        for candidate in candidates
        if (option := _best_of(candidate, cores, device, threads)) is not None
    ]
    if not options:
        return None
    fitting = [option for option in options if option.fits]
    if fitting:
        best = max(option.iou for option in fitting)
        options = [option for option in fitting if option.iou >= best - _SAME_IOU]
    return min(options, key=lambda option: option.ms).setup


def _best_of(candidate: Candidate, cores: int, device: str, threads: int) -> _Option | None:
    """Return how to run one model: on another device than the CPU only where that is quicker."""
    options = []
    for name, times in candidate.times.items():
        if device in (AUTO_DEVICE, name):
            used, ms = _threads(times, cores, threads) if name == CPU else (max(threads, 1), times[1])
            setup = Setup(candidate.model_id, name, used)
            options.append(_Option(setup, candidate.iou, ms, fits(ms, name, used, cores)))
    return min(options, key=lambda option: option.ms, default=None)


def _threads(times: dict[int, float], cores: int, threads: int) -> tuple[int, float]:
    """Return how many threads of the CPU to use, and the time that is known for that."""
    if threads != AS_MEASURED:
        known = [count for count in times if count <= threads]
        return threads, times[max(known, default=min(times))]
    used = next((count for count in sorted(times) if fits(times[count], CPU, count, cores)), min(times))
    return used, times[used]
