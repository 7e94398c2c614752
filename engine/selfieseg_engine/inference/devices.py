"""Which device runs a model, and how OpenVINO is asked for it. Pure; any thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from selfieseg_engine.errors import DeviceError

Device = Literal["AUTO", "CPU", "GPU", "NPU"]
DEVICES: tuple[str, ...] = get_args(Device)
DEFAULT_THREADS = 1


def resolve_device(requested: str, available: Sequence[str]) -> str:
    """Return the device to compile for.

    Args:
        requested: one of ``DEVICES``.
        available: OpenVINO's own list, such as ``["CPU", "GPU.0", "GPU.1"]``.

    Raises:
        DeviceError: unknown, or not in this machine.
    """
    if requested not in DEVICES:
        raise DeviceError(
            f"no device is called {requested!r}", f"there are {', '.join(DEVICES)}", "choose one of these"
        )
    kinds = sorted({name.split(".")[0] for name in available})
    if requested == "AUTO":
        # The AUTO plugin has nothing to choose here, and asked directly the CPU keeps its thread bound.
        return "CPU" if kinds == ["CPU"] else "AUTO"
    if requested not in kinds:
        raise DeviceError(
            f"the device {requested} cannot be used",
            f"OpenVINO finds only {', '.join(kinds) or 'none'} here",
            "choose AUTO or CPU, or install that device's driver",
        )
    return requested


def compile_properties(device: str, threads: int, cache_dir: Path) -> dict[str, Any]:
    """Return what ``compile_model`` is told for a resolved device.

    On the CPU the precision is f32: where a processor offers bf16, OpenVINO would take it, and single
    mask values then move by up to 0.3 for a fifth of the time.
    """
    cpu = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    common = {"PERFORMANCE_HINT": "LATENCY", "CACHE_DIR": str(cache_dir)}
    if device == "CPU":
        return {**common, **cpu}
    if device == "AUTO":
        return {**common, "DEVICE_PROPERTIES": {"CPU": cpu}}
    return common
