"""Which device runs a model, and how OpenVINO is asked for it. Pure; any thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

from selfieseg_engine.errors import DeviceError

Device = Literal["AUTO", "CPU", "GPU", "NPU"]
DEVICES: tuple[str, ...] = get_args(Device)
CPU = "CPU"
DEFAULT_THREADS = 1


def device_kinds(available: Iterable[str]) -> list[str]:
    """Return what can be asked for out of OpenVINO's list (``["CPU", "GPU.0"]``), the CPU first."""
    kinds = {name.split(".")[0] for name in available} & set(DEVICES)
    return sorted(kinds, key=lambda kind: (kind != CPU, kind))


def resolve_device(
    requested: str, available: Sequence[str], times: Mapping[str, Mapping[int, float]] | None = None
) -> str:
    """Return the device to compile for: ``CPU``, ``GPU`` or ``NPU``.

    ``AUTO`` is decided here and not by OpenVINO's plugin of that name, which goes by the devices' names:
    the CPU, unless another one was measured to be quicker.

    Args:
        requested: one of ``DEVICES``.
        available: OpenVINO's own list, such as ``["CPU", "GPU.0", "GPU.1"]``.
        times: what was measured of the model: device to threads to milliseconds.

    Raises:
        DeviceError: unknown, or not in this machine.
    """
    if requested not in DEVICES:
        raise DeviceError(
            f"no device is called {requested!r}", f"there are {', '.join(DEVICES)}", "choose one of these"
        )
    kinds = device_kinds(available)
    if requested == "AUTO":
        quickest = {kind: min(times[kind].values()) for kind in kinds if times and kind in times}
        return min(quickest, key=quickest.__getitem__) if CPU in quickest else CPU
    if requested not in kinds:
        raise DeviceError(
            f"the device {requested} cannot be used",
            f"OpenVINO finds only {', '.join(kinds) or 'none'} here",
            "choose AUTO or CPU, or install that device's driver",
        )
    return requested


def compile_properties(device: str, threads: int) -> dict[str, Any]:
    """Return what ``compile_model`` is told for a resolved device.

    On the CPU the precision is f32: where a processor offers bf16, OpenVINO would take it, and single
    mask values then move by up to 0.3 for a fifth of the time.
    """
    common = {"PERFORMANCE_HINT": "LATENCY"}
    if device == CPU:
        return {**common, "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    return common
