"""What OpenVINO's errors say, for one-line messages. Any thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from selfieseg_engine.errors import DeviceError, InferenceError
from selfieseg_engine.inference.devices import CPU


def reason_of(error: Exception) -> str:
    """Return the last line with text in it: the lines before are places in OpenVINO's own source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


@contextmanager
def inference_errors(what: str) -> Iterator[None]:
    """Raise what OpenVINO cannot do meanwhile as an ``InferenceError`` that says ``what`` failed."""
    try:
        yield
    except RuntimeError as error:
        raise InferenceError(what, reason_of(error), "try another device (CPU always works)") from error


@contextmanager
def device_errors(device: str) -> Iterator[None]:
    """Raise an ``InferenceError`` as a ``DeviceError``, but for the CPU, which nothing can replace."""
    try:
        yield
    except InferenceError as error:
        if device == CPU or isinstance(error, DeviceError):
            raise
        raise DeviceError(f"the device {device} failed: {error.what}", error.why, error.remedy) from error
