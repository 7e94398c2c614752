"""What a client's wish for a model means here, and loading it. Loader threads; blocks for seconds.

OpenVINO takes a noticeable part of a second to import: only inside these functions, and never on the
I/O thread.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from selfieseg_engine.model_leases import ModelKey

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_model import LoadedModel


def resolve_key(key: ModelKey) -> ModelKey:
    """Return the key with ``auto``, ``AUTO`` and threads spelt out, so that equal models are loaded once.

    May measure for about two seconds, where this machine was not measured yet.

    Raises:
        RegistryError, DeviceError: there is no such model or device.
    """
    from selfieseg_engine.setup_choice import choose_setup

    setup = choose_setup(key.model, key.device, key.threads)
    return ModelKey(setup.model_id, setup.device, setup.threads)


def known_key(key: ModelKey) -> ModelKey:
    """Return the key spelt out by what is known of this machine already. Measures nothing.

    Raises:
        RegistryError, DeviceError: there is no such model or device.
    """
    from selfieseg_engine.setup_choice import choose_setup

    setup = choose_setup(key.model, key.device, key.threads, measures=False)
    return ModelKey(setup.model_id, setup.device, setup.threads)


class Resolver:
    """``resolve_key``, and what each wish meant when it was asked last. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._meanings: dict[ModelKey, ModelKey] = {}

    def __call__(self, key: ModelKey) -> ModelKey:
        """Return the key spelt out; slow. Raises as ``resolve_key`` does."""
        meant = resolve_key(key)
        with self._lock:
            self._meanings[key] = meant
        return meant

    def model_of(self, key: ModelKey) -> str | None:
        """Return the id of the model that ``key`` means, None where it was never asked. Quick."""
        with self._lock:
            meant = self._meanings.get(key)
        return None if meant is None else meant.model


def load_for_sessions(key: ModelKey) -> LoadedModel:
    """Load a model that takes OBS's pixels (RGBX) and answers u8 mattes.

    Raises:
        RegistryError, ObtainError, DeviceError, InferenceError: see ``load_model``.
    """
    from selfieseg_engine.inference.loaded_model import load_model

    return load_model(key.model, key.device, key.threads, pixel_format="RGBX", output="u8")
