"""What a wish for a model, a device and threads means here: by measurements, made where there are none.

Any thread but the I/O thread: the first time it measures, for about two seconds.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence

from selfieseg_engine.inference.compiling import device_names
from selfieseg_engine.inference.devices import CPU, DEFAULT_THREADS, device_kinds, resolve_device
from selfieseg_engine.inference.probe import probe
from selfieseg_engine.measured_choice import AS_MEASURED, AUTO_DEVICE, Candidate, Setup, choose
from selfieseg_engine.model_choice import AUTO, choose_model_id, is_automatic
from selfieseg_engine.registry.at_hand import weights_at_hand
from selfieseg_engine.registry.cache_paths import ir_dir
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.measurements import Facts, Times, add_times, machine_facts, read_times
from selfieseg_engine.registry.registry import default_registry

logger = logging.getLogger(__name__)

_BUDGET_SECONDS = 2.5
_one_probe = threading.Lock()  # two at a time would measure each other


def choose_setup(
    model: str = AUTO, device: str = AUTO_DEVICE, threads: int = AS_MEASURED, *, measures: bool = True
) -> Setup:
    """Return what to load.

    Args:
        model: a matte model's id, or ``auto``: the best one that fits, of those that are on this machine.
        device: CPU, GPU, NPU, or AUTO: the CPU, or another one that is quicker.
        threads: on the CPU, or ``AS_MEASURED``: one, unless the model fits only with two.
        measures: where nothing was measured yet it is now; else what is known has to do.

    Raises:
        RegistryError, DeviceError: there is no such model or device, or the model gives no mattes.
    """
    model_id = choose_model_id(model, default_registry())
    names = device_names()
    wanted = device_kinds(names) if device == AUTO_DEVICE else [resolve_device(device, list(names))]
    manifests = _automatic() if model == AUTO else (default_registry().get(model_id),)
    facts = machine_facts(names)
    times = read_times(facts, manifests)
    # Of a model that the user has chosen only the place is open, and not where there is only the CPU.
    is_open = model == AUTO or (len(wanted) > 1 and is_converted(manifests[0]))
    if measures and is_open and not _is_known(times, wanted):
        times = _measured(facts, manifests, wanted)
    found = _chosen(manifests, times, device, threads)
    return found or Setup(model_id, CPU if device == AUTO_DEVICE else device, threads or DEFAULT_THREADS)


def _automatic() -> tuple[Manifest, ...]:
    """Return the models that ``auto`` may mean here: those that can be measured in a moment."""
    return tuple(each for each in default_registry().manifests if is_automatic(each) and is_converted(each))


def is_converted(manifest: Manifest) -> bool:
    """Return whether a model was fetched (or used once), so that it can be measured in a moment."""
    return weights_at_hand(manifest) and ir_dir(manifest).is_dir()


def _chosen(
    manifests: Sequence[Manifest], times: dict[str, Times], device: str, threads: int
) -> Setup | None:
    candidates = [
        Candidate(each.id, each.iou or 0.0, times[each.id]) for each in manifests if each.id in times
    ]
    return choose(candidates, os.cpu_count() or 1, device, threads)


def _is_known(times: dict[str, Times], devices: Sequence[str]) -> bool:
    return any(device in by_device for by_device in times.values() for device in devices)


def _measured(facts: Facts, manifests: tuple[Manifest, ...], devices: Sequence[str]) -> dict[str, Times]:
    """Measure unless somebody else just did, keep it, and return all that is known."""
    with _one_probe:
        known = read_times(facts, manifests)
        if _is_known(known, devices):
            return known
        found = probe(manifests, devices, _BUDGET_SECONDS)
        if not found:
            return known
        logger.info("measured on this machine: %s", found)
        try:
            add_times(facts, found, manifests)
        except OSError as error:
            logger.warning("what was measured cannot be kept, so it is measured again next time: %s", error)
        return known | {each: known.get(each, {}) | by_device for each, by_device in found.items()}
