"""From a model's id to its IR, and from a graph to a compiled model. Any thread; blocks for seconds."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from selfieseg_engine.errors import DeviceError, InferenceError
from selfieseg_engine.inference.convert import converted_model
from selfieseg_engine.inference.devices import CPU, compile_properties, device_kinds, resolve_device
from selfieseg_engine.inference.failure import reason_of
from selfieseg_engine.inference.openvino_core import openvino_core
from selfieseg_engine.lock_file import LockedError, lock_file
from selfieseg_engine.registry.cache_paths import compiled_dir
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.measurements import Times, machine_facts, read_times
from selfieseg_engine.registry.obtain import obtain_weights

logger = logging.getLogger(__name__)

# A GPU's driver may take most of a minute; longer, and who holds the lock stands still.
_OTHERS_SECONDS = 60.0


def available_devices() -> list[str]:
    """Return OpenVINO's names of the devices in this machine. Any thread."""
    return list(openvino_core().available_devices)


def device_names() -> dict[str, str]:
    """Return OpenVINO's names of the devices in this machine, with their makers'. Any thread.

    A device whose driver does not answer has an empty one.
    """
    return {name: _full_name(name) for name in available_devices()}


def obtain_ir(manifest: Manifest, device: str, threads: int) -> tuple[Path, str]:
    """Return the verified IR of a model, and the device to compile it for.

    Raises:
        ObtainError: the weights cannot be had.
        DeviceError, InferenceError: no such device, too few threads, or OpenVINO cannot convert the model.
    """
    if threads < 1:
        raise InferenceError(
            f"{threads} threads are too few", "something must run the model", "use 1 or more"
        )
    # Asked first, so that a wrong device is told before anything is downloaded for it.
    resolved = resolve_device(device, available_devices(), _times_for(device, manifest))
    return converted_model(manifest, obtain_weights(manifest)), resolved


def read_ir(ir_path: Path) -> Any:
    """Return the model that an IR holds. Raises ``InferenceError``."""
    try:
        return openvino_core().read_model(ir_path)
    except RuntimeError as error:
        raise InferenceError(
            f"OpenVINO cannot read {ir_path}",
            reason_of(error),
            "delete that folder; it is made again",
        ) from error


def compile_graph(graph: Any, model_id: str, resolved_device: str, threads: int) -> Any:
    """Compile for a device of ``resolve_device``. Raises ``DeviceError``.

    What OpenVINO makes is kept in ``compiled_dir`` between runs, where that folder can be used.
    """
    properties = compile_properties(resolved_device, threads)
    try:
        return _compile_and_keep(graph, model_id, resolved_device, properties)
    except (LockedError, OSError, RuntimeError) as error:
        not_kept = reason_of(error)
    try:
        compiled = openvino_core().compile_model(graph, resolved_device, properties)
    except RuntimeError as error:
        raise DeviceError(
            f"the device {resolved_device} does not take the model {model_id}",
            reason_of(error),
            "choose the device CPU, or update that device's driver",
        ) from error
    logger.warning(
        "the compiled model %s could not be kept in %s (%s): it will be compiled again",
        *(model_id, compiled_dir(), not_kept),
    )
    return compiled


def _compile_and_keep(graph: Any, model_id: str, resolved_device: str, properties: dict[str, Any]) -> Any:
    """Compile, or load what was kept. Raises ``LockedError``, ``OSError``, ``RuntimeError``."""
    # OpenVINO writes such a file in place, and takes it from there while another process writes: of 600
    # starts in threes, with nothing kept yet, 18 missed their file and 12 died of SIGBUS (2026.4).
    with lock_file(compiled_dir() / f"{model_id}.lock", _OTHERS_SECONDS):
        kept = {**properties, "CACHE_DIR": str(compiled_dir())}
        return openvino_core().compile_model(graph, resolved_device, kept)


def _times_for(device: str, manifest: Manifest) -> Times | None:
    """Return what was measured of a model, where the choice of its device depends on that."""
    if device != "AUTO" or device_kinds(available_devices()) == [CPU]:
        return None
    return read_times(machine_facts(device_names()), (manifest,)).get(manifest.id)


def _full_name(device: str) -> str:
    try:
        return str(openvino_core().get_property(device, "FULL_DEVICE_NAME"))
    except RuntimeError as error:
        logger.info("the device %s does not tell its name: %s", device, reason_of(error))
        return ""
