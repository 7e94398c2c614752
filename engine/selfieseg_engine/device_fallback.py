"""From a device that fails to the CPU, which always works: once, with a message, and not back by itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from selfieseg_engine.errors import DeviceError, DeviceFailedError, InferenceError
from selfieseg_engine.measured_choice import AUTO_DEVICE, CPU
from selfieseg_engine.model_leases import ModelKey

logger = logging.getLogger(__name__)

Loaded = TypeVar("Loaded")

# An unknown name is a mistake of whoever asks, and no device that fails.
_OTHERS = (AUTO_DEVICE, "GPU", "NPU")


class DeviceFallbacks:
    """Remembers the wishes whose device failed, until one of them is made anew. Any thread.

    One for an engine: a filter that is hidden and shown again does not try a broken device each time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[tuple[str, str], DeviceFailedError] = {}

    def load(
        self, key: ModelKey, load: Callable[[ModelKey], Loaded]
    ) -> tuple[Loaded, DeviceFailedError | None]:
        """Return what ``key`` asks for, or the same on the CPU and why. Blocks as ``load`` does.

        Raises:
            UserError, MemoryError: it cannot be loaded on the CPU either.
        """
        with self._lock:
            failure = self._failures.get((key.model, key.device))
        if failure is None:
            try:
                return load(key), None
            except DeviceError as error:
                if key.device not in _OTHERS:
                    raise
                failure = device_failure(key.device, error)
        # What ``auto`` means is decided anew: what another device does in time the CPU may not.
        loaded = load(replace(key, device=CPU))
        self._remember(key, failure)
        return loaded, failure

    def note(self, key: ModelKey, device: str, error: InferenceError) -> None:
        """Remember, and log, that ``device`` failed in the middle of a stream that ``key`` asked for."""
        self._remember(key, device_failure(device, error))

    def forget(self, key: ModelKey) -> None:
        """Let the device be tried again: somebody has chosen it, or the model, anew."""
        with self._lock:
            self._failures.pop((key.model, key.device), None)

    def _remember(self, key: ModelKey, failure: DeviceFailedError) -> None:
        with self._lock:
            # Several filters may run into the same failure.
            is_news = (key.model, key.device) not in self._failures
            self._failures.setdefault((key.model, key.device), failure)
        if is_news:
            logger.warning("%s", failure)


def device_failure(device: str, error: InferenceError) -> DeviceFailedError:
    """Return what to tell about a device whose work the CPU does now. Pure."""
    what = error.what if isinstance(error, DeviceError) else f"the device {device} failed: {error.what}"
    return DeviceFailedError(
        f"{what}, {error.why}",
        "the CPU goes on in its place",
        "update that device's driver; to try it again, choose another device and then this one",
    )
