"""Every model compiled once per process, however many sessions use it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from selfieseg_engine.inference.devices import DEFAULT_THREADS
from selfieseg_engine.inference.graph import OutputKind, PixelFormat
from selfieseg_engine.inference.loaded_model import LoadedModel, load_model


@dataclass(frozen=True)
class ModelChoice:
    """What a session asks for; equal choices share one compiled model. Fields as in ``load_model``."""

    model_id: str
    device: str = "AUTO"
    threads: int = DEFAULT_THREADS
    pixel_format: PixelFormat = "RGBX"
    output: OutputKind = "u8"


def load_choice(choice: ModelChoice) -> LoadedModel:
    """Load what ``choice`` names. Raises as ``load_model`` does."""
    return load_model(choice.model_id, choice.device, choice.threads, choice.pixel_format, choice.output)


class ModelPool:
    """Loads on first use and keeps. Any thread; a second asker waits for the first one's load.

    A failed load is not kept: the next asker tries again, for the network may be back.
    """

    def __init__(self, load: Callable[[ModelChoice], LoadedModel] = load_choice) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._models: dict[ModelChoice, LoadedModel] = {}

    def get(self, choice: ModelChoice) -> LoadedModel:
        """Return the shared model. Raises as ``load_model`` does; may block for seconds."""
        with self._lock:
            model = self._models.get(choice)
            if model is None:
                model = self._models[choice] = self._load(choice)
            return model
